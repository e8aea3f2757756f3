"""Between the spider and the network: which venues are visited, what may be asked, and where the sandbox takes over."""
