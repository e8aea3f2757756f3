"""What may be requested, and how: address guard, robots.txt, redirects, Retry-After, bounds, shutdown, sandbox."""
