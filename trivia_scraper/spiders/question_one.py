"""Question One (mostly London): an archive of cards, one WordPress page per venue.

Id: the last part of the page's address, stable. The day in some of them may be out of date. A page states day and start
time, but only its title or address states how often. A quarter of the pages have no fee.
"""

from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.fees import read_fee
from trivia_scraper.parsing.titles import read_title
from trivia_scraper.spiders.base import get_text, get_texts
from trivia_scraper.spiders.platforms.wordpress import WordPressArchiveSpider

# A page's own images: neither the site's, nor those of other venues' cards.
IMAGES = """//img[contains(concat(@src, @srcset, @data-src, @data-srcset, @data-lazy-src), '/uploads/')]
    [not(ancestor-or-self::*[self::header or self::footer or self::nav or self::aside
        or contains(@class, 'media-card') or contains(@class, 'logo') or contains(@src, 'logo')])]"""


class QuestionOneSpider(WordPressArchiveSpider):
    name = "question_one"
    country = "GB"
    event_name = "Quiz Night at {venue}"
    allowed_domains = ["questionone.com"]
    start_urls = ["https://questionone.com/venues/"]
    cards_in = ".post-listing__posts"
    card = "a.media-card"
    card_title = "h3"
    venue_folder = "venues"

    def venue_name(self, title):
        return read_title(title).name

    def card_facts(self, card):
        return {"slot": get_text(card.css(".excerpt"))}

    def read_venue(self, response, title, image=None, slot=None):
        def blocks(icon):
            for block in response.css(".text-with-icon"):
                if any(address.endswith(f"#{icon}") for address in block.css("use").xpath("@*").getall()):
                    yield block

        def field(icon):
            found = (get_text(block.css(".text-with-icon__text")) for block in blocks(icon))
            return ", ".join(filter(None, found)) or None

        publisher_id = response.meta["publisher_id"]
        heading = read_title(get_text(response.css("h1.post-heading-area__title")))
        links = [link for block in blocks("link") for link in block.css("a::attr(href)").getall()]
        venue = self.make_venue(
            heading.name or response.meta["venue_name"],
            field("pin"),
            phone=field("phone"),
            website=text.first(map(urls.read_link, links)),
        )
        images = self.find_image_urls(response, response.xpath(IMAGES)) or list(filter(None, [image]))
        cadences = [heading.cadence, read_title(title).cadence]
        schedules = self.read_nights(
            publisher_id,
            [field("calendar"), slot, *cadences],
            self.find_zone(venue),
            hints=[*cadences, publisher_id.replace("-", " ")],
        )
        yield from self.make_events(
            schedules,
            publisher_id,
            response.url.partition("?")[0],
            venue,
            description=text.join_paragraphs(get_texts(response.css(".post-content-area p"))),
            fee=read_fee(field("tag"), venue.country),
            image_urls=images[:1],
        )
