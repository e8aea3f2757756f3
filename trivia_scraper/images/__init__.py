"""Images: is it fresh, is it one, and a place to keep it. Works without a crawl."""
