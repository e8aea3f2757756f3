"""Scrapy settings: polite and safe by default. The one place that reads the environment; every line that differs from
Scrapy's default says why.

Environment: TRIVIA_HOME (where state lives), IMAGES_STORE, DATABASE_URL, FEEDS_DIR, SANDBOX_SERVER, CONTACT_URL,
QUEUE_PLANS, ALERT_URLS, METRICS_FILE. ALERT_WEBHOOK_URL and SPIDERMON_* are read only to refuse them.
"""

import os
from pathlib import Path
from urllib.parse import quote

from scrapy.utils.conf import closest_scrapy_cfg

from trivia_scraper import __version__

BOT_NAME = "trivia_scraper"
SPIDER_MODULES = ["trivia_scraper.spiders"]
NEWSPIDER_MODULE = "trivia_scraper.spiders"
SPIDER_LOADER_CLASS = "trivia_scraper.spiders.loader.SpiderFileLoader"  # imports one publisher, not all six
COMMANDS_MODULE = "trivia_scraper.commands"  # `crawl` with exit codes, and what this project adds

_project = Path(closest_scrapy_cfg() or Path.cwd() / "scrapy.cfg").parent
TEMPLATES_DIR = str(_project / "templates")  # of `scrapy genspider -t publisher`; a deployed egg makes no spiders

# -- Where state lives. Absolute, and never relative to this file: in a deployed egg that would be inside a zip. ------
HOME = Path(os.environ.get("TRIVIA_HOME") or _project / "var").absolute()
IMAGES_STORE = os.environ.get("IMAGES_STORE") or str(HOME / "images")
# A path may hold what a URL may not.
DATABASE_URL = os.environ.get("DATABASE_URL") or f"sqlite:///{quote(str(HOME / 'trivia.db'), safe=' +/')}"
FEEDS_DIR = os.environ.get("FEEDS_DIR") or str(HOME / "feeds")
SPILL_DIR = str(HOME / "spill")  # events that the database would not take; `scrapy db replay` loads them
CATALOGUE_DIR = str(HOME / "catalogue")  # `scrapy catalogue` makes it, unless told another place
LOG_DIR = str(HOME / "log")  # of `scrapy demo`; a crawl logs to stderr, which its scheduler keeps
# One file per run: a run never truncates what an earlier one left.
FEEDS = {
    f"{FEEDS_DIR}/%(name)s/%(time)s.jsonl": {
        "format": "jsonlines",
        "encoding": "utf8",
        "store_empty": False,
    }
}
SANDBOX_SERVER = os.environ.get(
    "SANDBOX_SERVER", ""
)  # http://127.0.0.1:PORT: nothing leaves the machine while it is set

# `scrapy crawl` switches it on. `scrapy shell`, `fetch` and `parse` use the same spiders and must not touch the store.
CRAWL_IS_A_RUN = False

# -- Freshness --------------------------------------------------------------------------------------------------------
SKIP_IF_UPDATED_WITHIN_DAYS = 5  # a venue's page is read at most so often, unless the run is told otherwise
IMAGES_EXPIRES = 7  # days after which a picture is asked about again; Scrapy's 90 keeps last season's photograph

# -- What a run may get wrong and still pass: shares of pages visited and of pictures named ---------------------------
MAX_DROPPED_VENUES = 0.5  # some listed venues have no quiz; when half have none, the listing has changed its form
MAX_FAILED_PAGES = 0.1
MAX_GONE_PAGES = 0.5  # of publishers that list venues whose pages are not there (`may_be_gone`)
MAX_FAILED_IMAGES = 0.2
# Of the venues that the last good run found listed: half a listing must not make half the pubs missing.
MAX_SHRINK = 0.4
MIN_LISTED = 1  # venues; more where a publisher's listing is known never to be so short
# Shares of the events read that must have a field. A publisher's file says more where its pages always have one.
MIN_COVERAGE = {"name": 0.9, "weekday": 0.9, "address": 0.5, "start_time": 0.5}
# By how much the share of events that have a field may fall below its mean of the last good runs: a page that was made
# anew still answers, and a selector that finds nothing any more raises nothing.
MAX_COVERAGE_DROP = 0.3
GONE_AFTER_RUNS = 3  # complete, clean runs without it, after which a missing event is gone

# -- Politeness: one request at a time per site, slowly; a person can write to the contact ----------------------------
USER_AGENT = f"trivia_scraper/{__version__} (+{os.environ.get('CONTACT_URL') or 'https://trivia-scraper.example'})"
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
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the picture's or the page's own line says it, with what stays
RETRY_AFTER_MAX = 120  # seconds that a 429 or 503 may make us wait, however long it asks for
RETRY_AFTER_TIMES = 3  # such waits in a row, after which the host is left alone for the rest of the run
STOP_GRACE = 5  # seconds that requests under way have to end in when the crawl is told to stop; others are dropped
DOWNLOAD_TIMEOUT = 30  # Scrapy's 180 lets one dead server hold a run for nine minutes
REDIRECT_MAX_TIMES = 5  # Scrapy's 20 is a loop by another name
METAREFRESH_ENABLED = False  # a page in a picture's place must not say where to go on, nor a comment inside a JPEG

# -- Many machines (`scrapy queue`) -----------------------------------------------------------------------------------
# JSON: [{"publisher": "quizmeisters", "cron": "30 3 * * *", "arguments": {}}], the clock in UTC
QUEUE_PLANS = os.environ.get("QUEUE_PLANS") or "[]"
QUEUE_TIME_LIMIT = 36_000  # seconds for one crawl; one that hangs must not occupy its worker for ever
QUEUE_KILL_AFTER = 60  # seconds more for it to finish, also when its worker stops
QUEUE_STALLED_AFTER = 60  # seconds without a heartbeat, after which a worker's jobs go to another one

# -- Pictures ---------------------------------------------------------------------------------------------------------
IMAGES_MAXSIZE = 10 * 1024 * 1024  # bytes of one picture, counted before and after decompression
IMAGES_TIMEOUT = 30  # seconds for the whole picture
IMAGES_MIN_WIDTH = IMAGES_MIN_HEIGHT = 2  # a single pixel is a tracker, not a photograph
IMAGES_THUMBS = {"small": (300, 300)}  # filled and centre-cropped
IMAGES_THUMBS_FIT = False  # True: the whole picture inside that size, nothing cropped
CONCURRENT_ITEMS = 16  # of one page: Scrapy starts so many tasks for each, and few pages yield more events
IMAGES_CONCURRENT = 16  # pictures under way at once, from all hosts; with IMAGES_MAXSIZE this bounds the memory
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 250_000  # bytes of pages whose events are under way, before the next page is asked for
IMAGES_THREADS = 2  # that decode, hash, write and record; the event loop does none of it

# -- Safety -----------------------------------------------------------------------------------------------------------
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024  # of a page; Scrapy's 1 GB is an invitation
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy does not unless told
TELNETCONSOLE_ENABLED = False  # a port that runs any Python, with its password in the log
REMOTE_CONTROL_ENABLED = False  # the same over HTTP
COOKIES_ENABLED = False  # nobody logs in
TWISTED_DNS_RESOLVER = "trivia_scraper.downloader.resolver.PublicResolver"
PRIVATE_HOSTS_ALLOWED: list[str] = []  # names and addresses that may be private all the same: a proxy's, for example
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
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "trivia_scraper.downloader.robots.StrictRobotsTxt": 100,
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
    "scrapy.extensions.logstats.LogStats": None,  # tells pages and items, where a crawl is of venues and pictures
    "trivia_scraper.extensions.alerts.Alerts": 20,
    "trivia_scraper.extensions.metrics.Metrics": 30,
}

# -- How long what is stored is kept, in days. `scrapy prune` removes what is older and not needed any more ------------
DECISIONS_KEPT_DAYS = 90  # that `scrapy images explain` can look back; every run removes older ones too
PAST_PICTURES_KEPT_DAYS = 90  # thumbnails of replaced pictures, for the pages of runs; every run removes older ones
HISTORY_KEPT_DAYS = 1095  # changes; the newest one of each field stays
RUNS_KEPT_DAYS = 730  # but for those that later runs are compared with, or that a change or an event names
LOGS_KEPT_DAYS = 90
FEEDS_KEPT_DAYS = 365
SPILL_KEPT_DAYS = 30  # of spilled events that a later run knows better; others stay
SUPERSEDED_KEPT_DAYS = 7  # pictures that no event shows and files that the ledger does not name

# -- Who is told of it ------------------------------------------------------------------------------------------------
# Apprise URLs, separated by white space or commas: who gets an alert when a publisher fails or passes again. They hold
# secrets.
ALERT_URLS = os.environ.get("ALERT_URLS", "")
ALERT_TIMEOUT = 10  # seconds for each alert: the most that a receiver can delay the end of a crawl
# What ALERT_URLS has replaced; `scrapy crawl` refuses it.
globals().update(
    {name: value for name, value in os.environ.items() if name == "ALERT_WEBHOOK_URL" or name.startswith("SPIDERMON_")}
)
METRICS_FILE = os.environ.get("METRICS_FILE", "")  # Prometheus's text format, of all publishers, after every run
# Hours from the end of one good run to the end of the next, for `scrapy health` and METRICS_FILE, by publisher; * is
# every other that ever ran. A daily crawl, its delay and half a day of patience; None: no run is expected.
EXPECTED_EVERY_HOURS: dict[str, float | None] = {"*": 36}

# -- Logs a person can read -------------------------------------------------------------------------------------------
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
LOG_DATEFORMAT = "%H:%M:%S"
STATS_DUMP = False  # the run's row has the counts (`scrapy runs`), and the last line of the log the sum of them
LOG_FORMATTER = "trivia_scraper.cli.logging.ShortLogFormatter"
