"""What a crawl with images costs, against Scrapy's own ImagesPipeline and against the bare work: `make bench`."""
