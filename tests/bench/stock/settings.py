"""What is not here is Scrapy's default; nothing here makes it slower than that."""

BOT_NAME = "stock"
SPIDER_MODULES = ["spider"]
ROBOTSTXT_OBEY = True
ITEM_PIPELINES = {"scrapy.pipelines.images.ImagesPipeline": 1}  # IMAGES_STORE comes with the command
IMAGES_THUMBS = {"small": (300, 300)}
CONCURRENT_REQUESTS = CONCURRENT_REQUESTS_PER_DOMAIN = 16  # one server is behind every host
DOWNLOAD_DELAY = 0
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
LOG_LEVEL = "INFO"
