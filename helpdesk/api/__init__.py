"""The roof of the REST API: what no single app can say alone, and all apps' resources under one address."""
