"""What a crawl with pictures costs, against Scrapy's own ImagesPipeline and against the bare work: `make bench`."""
