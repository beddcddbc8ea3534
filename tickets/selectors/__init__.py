"""What one page needs, prefetched, with a bounded number of queries."""
