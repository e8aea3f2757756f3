"""Scrapy settings: polite and safe by default. Comments give the reason for each deviation from Scrapy's defaults.

Only this module reads environment variables: TRIVIA_HOME (directory for all data) and those that options.py declares as
`variable`. ALERT_WEBHOOK_URL and SPIDERMON_* are read only to refuse them.
"""

import os
from pathlib import Path
from urllib.parse import quote

from scrapy.utils.conf import closest_scrapy_cfg

from trivia_scraper import __version__, options
from trivia_scraper.cli.interrupts import hide_interrupts
from trivia_scraper.images import options as image_options

hide_interrupts()  # here, because this is the first module of the project that a command imports

# The project's own settings. options.py and images/options.py declare them with default and meaning.
globals().update({each.name: each.default for each in (*options.OPTIONS, *image_options.IMAGE_OPTIONS)})

BOT_NAME = "trivia_scraper"
SPIDER_MODULES = ["trivia_scraper.spiders"]
NEWSPIDER_MODULE = "trivia_scraper.spiders"
SPIDER_LOADER_CLASS = "trivia_scraper.spiders.loader.SpiderFileLoader"  # imports one publisher, not all
COMMANDS_MODULE = "trivia_scraper.commands"

_project = Path(closest_scrapy_cfg() or Path.cwd() / "scrapy.cfg").parent
TEMPLATES_DIR = str(_project / "templates")  # of `scrapy genspider -t publisher`; a deployed egg makes no spiders

# -- Data. Paths are absolute and not relative to this file, which may be inside a zipped egg. ------------------------
HOME = Path(os.environ.get("TRIVIA_HOME") or _project / "var").absolute()


def _place(name: str, home: str = str(HOME)) -> str:
    """Return the environment variable, or the default in options.py."""
    declared = options.option(name)
    given = os.environ.get(name) if declared.variable else None
    return given or declared.default.replace("$TRIVIA_HOME", home)


IMAGES_STORE = _place("IMAGES_STORE")
DATABASE_URL = _place("DATABASE_URL", home=quote(str(HOME), safe=" +/"))  # quoted for a URL
FEEDS_DIR = _place("FEEDS_DIR")
SPILL_DIR = _place("SPILL_DIR")
CATALOGUE_DIR = _place("CATALOGUE_DIR")
LOG_DIR = _place("LOG_DIR")
# One file per run, so that no run overwrites an earlier feed.
FEEDS = {f"{FEEDS_DIR}/%(name)s/%(time)s.jsonl": {"format": "jsonlines", "encoding": "utf8", "store_empty": False}}
FEED_STORAGES = {  # these write complete feeds or none, and a missing feed fails its run
    "": "trivia_scraper.extensions.feeds.LocalFeedStorage",
    "file": "trivia_scraper.extensions.feeds.LocalFeedStorage",
    "stdout": "trivia_scraper.extensions.feeds.StdoutWholeFeedStorage",
    "s3": "trivia_scraper.extensions.feeds.S3WholeFeedStorage",
}
SANDBOX_SERVER = _place("SANDBOX_SERVER")

# -- Politeness: one slow request at a time per site, and a contact address -------------------------------------------
CONTACT_URL = _place("CONTACT_URL")
USER_AGENT = f"trivia_scraper/{__version__} (+{CONTACT_URL or 'https://trivia-scraper.example'})"
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 3
AUTOTHROTTLE_ENABLED = True  # even slower when a site responds slowly
AUTOTHROTTLE_START_DELAY = 3
# CDNs can serve more than a publisher's own web server.
DOWNLOAD_SLOTS = {
    host: {"concurrency": 4, "delay": 0.25} for host in ("cdn.prod.website-files.com", "uploads-ssl.webflow.com")
}
RETRY_TIMES = 2
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the failed image or page is logged elsewhere, with the consequences
DOWNLOAD_TIMEOUT = 30  # with Scrapy's 180, one dead server delays a run by nine minutes
MEDIA_ALLOW_REDIRECTS = True  # publishers move images; each hop is checked
REDIRECT_MAX_TIMES = 5  # more than that is a loop
METAREFRESH_ENABLED = False  # HTML served instead of an image, or inside a JPEG comment, must not redirect

# -- Many machines (`scrapy queue`) -----------------------------------------------------------------------------------
QUEUE_PLANS = _place("QUEUE_PLANS")

# -- Memory -----------------------------------------------------------------------------------------------------------
CONCURRENT_ITEMS = 16  # Scrapy starts this many tasks for each page, and few pages yield more events
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 250_000  # bytes of pages being processed before the next page is requested

# -- Safety -----------------------------------------------------------------------------------------------------------
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024  # for responses without a limit of their own; Scrapy's 1 GB could fill the memory
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy's default is False
TELNETCONSOLE_ENABLED = False  # it runs any Python code on a port, and logs its password
REMOTE_CONTROL_ENABLED = False  # the same over HTTP
COOKIES_ENABLED = False  # no spider logs in
TWISTED_DNS_RESOLVER = "trivia_scraper.downloader.address_guard.PublicResolver"
DOWNLOAD_HANDLERS = {
    "http": "trivia_scraper.downloader.handler.Handler",
    "https": "trivia_scraper.downloader.handler.Handler",
    # A page must not make the crawler read local files or use other protocols.
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    "trivia_scraper.downloader.address_guard.AddressGuard": 20,  # before any other middleware
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "trivia_scraper.downloader.redirects.CheckedRedirects": 600,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "trivia_scraper.downloader.robots.StrictRobotsTxt": 100,
    "trivia_scraper.downloader.pages.BoundedPages": 110,  # after decompression
    "trivia_scraper.downloader.shutdown.DropWaiting": 1000,  # the last one before the downloader
}
SPIDER_MIDDLEWARES = {"trivia_scraper.middlewares.VenueSelection": 50}
ITEM_PIPELINES = {
    "trivia_scraper.pipelines.validation.ValidatePipeline": 100,
    "trivia_scraper.pipelines.venues.VenuesPipeline": 150,
    "trivia_scraper.pipelines.images.VenueImagesPipeline": 200,
    "trivia_scraper.pipelines.database.StorePipeline": 300,
}
EXTENSIONS = {
    "trivia_scraper.extensions.run.Run": 10,
    "trivia_scraper.extensions.progress.CrawlProgress": 20,
    "scrapy.extensions.logstats.LogStats": None,  # CrawlProgress replaces it
    "trivia_scraper.extensions.alerts.Alerts": 20,
    "trivia_scraper.extensions.metrics.Metrics": 30,
}

# -- Alerts and metrics -----------------------------------------------------------------------------------------------
ALERT_URLS = _place("ALERT_URLS")
# Environment variables that ALERT_URLS replaced. `scrapy crawl` refuses to start while one of them is set.
REPLACED_BY_ALERT_URLS = [
    name
    for name, value in os.environ.items()
    if value and (name == "ALERT_WEBHOOK_URL" or name.startswith("SPIDERMON_"))
]
METRICS_FILE = _place("METRICS_FILE")

# -- Readable logs ----------------------------------------------------------------------------------------------------
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
LOG_DATEFORMAT = "%H:%M:%S"
STATS_DUMP = False  # `scrapy runs` shows the counts, and the last line of the log summarises them
LOG_FORMATTER = "trivia_scraper.cli.logging.ShortLogFormatter"
