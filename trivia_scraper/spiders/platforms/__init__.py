"""One base class per website software; a publisher's spider adds what is its own."""
