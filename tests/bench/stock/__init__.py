"""A minimal Scrapy project with Scrapy's own ImagesPipeline: what a careful person writes first."""
