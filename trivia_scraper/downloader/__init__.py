"""What may be asked of whom, and how: public addresses only, robots.txt, pauses, and the way to the sandbox."""
