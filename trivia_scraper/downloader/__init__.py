"""Rules for requests: address guard, robots.txt, redirects, Retry-After, bounds, shutdown, sandbox."""
