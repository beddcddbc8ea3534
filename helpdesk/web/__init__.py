"""What every door shares: refusals as answers, API plumbing, middleware, sign-in."""
