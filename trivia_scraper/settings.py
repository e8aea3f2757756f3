"""Scrapy settings: polite and safe by default. The one place that reads the environment; every line that differs from
Scrapy's default says why.

Environment: TRIVIA_HOME (where state lives), IMAGES_STORE, DATABASE_URL, FEEDS_DIR, SANDBOX_SERVER, CONTACT_URL,
QUEUE_PLANS, ALERT_URLS, METRICS_FILE. ALERT_WEBHOOK_URL and SPIDERMON_* are read only to refuse them.
"""

import os
from pathlib import Path
from urllib.parse import quote

from scrapy.utils.conf import closest_scrapy_cfg

from trivia_scraper import __version__, options
from trivia_scraper.cli.interrupts import hide_interrupts
from trivia_scraper.images import options as image_options

hide_interrupts()  # here, because this is the first module of the project that a command imports

# The project's own settings: options.py and images/options.py declare each with its default and its reason.
globals().update({each.name: each.default for each in (*options.OPTIONS, *image_options.IMAGE_OPTIONS)})

BOT_NAME = "trivia_scraper"
SPIDER_MODULES = ["trivia_scraper.spiders"]
NEWSPIDER_MODULE = "trivia_scraper.spiders"
SPIDER_LOADER_CLASS = "trivia_scraper.spiders.loader.SpiderFileLoader"  # imports one publisher, not all
COMMANDS_MODULE = "trivia_scraper.commands"  # `crawl` with exit codes, and what this project adds

_project = Path(closest_scrapy_cfg() or Path.cwd() / "scrapy.cfg").parent
TEMPLATES_DIR = str(_project / "templates")  # of `scrapy genspider -t publisher`; a deployed egg makes no spiders

# -- Where state lives. Absolute, and never relative to this file: in a deployed egg that would be inside a zip. ------
HOME = Path(os.environ.get("TRIVIA_HOME") or _project / "var").absolute()


def _place(name: str, home: str = str(HOME)) -> str:
    """Return what the environment or the declaration in options.py says."""
    declared = options.option(name)
    given = os.environ.get(name) if declared.variable else None
    return given or declared.default.replace("$TRIVIA_HOME", home)


IMAGES_STORE = _place("IMAGES_STORE")
DATABASE_URL = _place("DATABASE_URL", home=quote(str(HOME), safe=" +/"))  # a path may hold what a URL may not
FEEDS_DIR = _place("FEEDS_DIR")
SPILL_DIR = _place("SPILL_DIR")
CATALOGUE_DIR = _place("CATALOGUE_DIR")
LOG_DIR = _place("LOG_DIR")
# One file per run: a run never truncates what an earlier one left.
FEEDS = {f"{FEEDS_DIR}/%(name)s/%(time)s.jsonl": {"format": "jsonlines", "encoding": "utf8", "store_empty": False}}
FEED_STORAGES = {  # a feed is whole or absent, and one that is absent fails its run
    "": "trivia_scraper.extensions.feeds.LocalFeedStorage",
    "file": "trivia_scraper.extensions.feeds.LocalFeedStorage",
    "stdout": "trivia_scraper.extensions.feeds.StdoutWholeFeedStorage",
    "s3": "trivia_scraper.extensions.feeds.S3WholeFeedStorage",
}
SANDBOX_SERVER = _place("SANDBOX_SERVER")

# -- Politeness: one request at a time per site, slowly; a person can write to the contact ----------------------------
CONTACT_URL = _place("CONTACT_URL")
USER_AGENT = f"trivia_scraper/{__version__} (+{CONTACT_URL or 'https://trivia-scraper.example'})"
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 3
AUTOTHROTTLE_ENABLED = True  # slower still when a site answers slowly
AUTOTHROTTLE_START_DELAY = 3
# A CDN is built for more than a publisher's web server is.
DOWNLOAD_SLOTS = {
    host: {"concurrency": 4, "delay": 0.25} for host in ("cdn.prod.website-files.com", "uploads-ssl.webflow.com")
}
RETRY_TIMES = 2
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the image's or the page's own line says it, with what stays
DOWNLOAD_TIMEOUT = 30  # Scrapy's 180 lets one dead server hold a run for nine minutes
MEDIA_ALLOW_REDIRECTS = True  # publishers move images; each hop is checked
REDIRECT_MAX_TIMES = 5  # Scrapy's 20 is a loop by another name
METAREFRESH_ENABLED = False  # a page in an image's place must not say where to go on, nor a comment inside a JPEG

# -- Many machines (`scrapy queue`) -----------------------------------------------------------------------------------
QUEUE_PLANS = _place("QUEUE_PLANS")

# -- Memory -----------------------------------------------------------------------------------------------------------
CONCURRENT_ITEMS = 16  # of one page: Scrapy starts this many tasks for each page, and few pages yield more events
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 250_000  # bytes of pages whose events are under way, before the next page is asked for

# -- Safety -----------------------------------------------------------------------------------------------------------
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024  # whatever has no bound of its own; Scrapy's 1 GB is an invitation
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy does not by default
TELNETCONSOLE_ENABLED = False  # a port that runs any Python, with its password in the log
REMOTE_CONTROL_ENABLED = False  # the same over HTTP
COOKIES_ENABLED = False  # nobody logs in
TWISTED_DNS_RESOLVER = "trivia_scraper.downloader.address_guard.PublicResolver"
DOWNLOAD_HANDLERS = {
    "http": "trivia_scraper.downloader.handler.Handler",
    "https": "trivia_scraper.downloader.handler.Handler",
    # A page must not make the crawler read a file of this machine, or an address of another protocol.
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    "trivia_scraper.downloader.address_guard.AddressGuard": 20,  # before anything else spends a thought on the request
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "trivia_scraper.downloader.redirects.CheckedRedirects": 600,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "trivia_scraper.downloader.robots.StrictRobotsTxt": 100,
    "trivia_scraper.downloader.pages.BoundedPages": 110,  # sees bodies decompressed, as the spider will
    "trivia_scraper.downloader.shutdown.DropWaiting": 1000,  # the last before the downloader
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
    "scrapy.extensions.logstats.LogStats": None,  # counts pages and items; a crawl is about venues and images
    "trivia_scraper.extensions.alerts.Alerts": 20,
    "trivia_scraper.extensions.metrics.Metrics": 30,
}

# -- Alerts and metrics -----------------------------------------------------------------------------------------------
ALERT_URLS = _place("ALERT_URLS")
# Names of variables that ALERT_URLS has replaced; `scrapy crawl` refuses to start while one of them is set.
REPLACED_BY_ALERT_URLS = [
    name
    for name, value in os.environ.items()
    if value and (name == "ALERT_WEBHOOK_URL" or name.startswith("SPIDERMON_"))
]
METRICS_FILE = _place("METRICS_FILE")

# -- Logs a person can read -------------------------------------------------------------------------------------------
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
LOG_DATEFORMAT = "%H:%M:%S"
STATS_DUMP = False  # the run's row has the counts (`scrapy runs`), and the last line of the log the sum of them
LOG_FORMATTER = "trivia_scraper.cli.logging.ShortLogFormatter"
