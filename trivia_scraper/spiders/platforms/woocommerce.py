"""Publishers that sell dated tickets in a WooCommerce shop, whose pages have Elementor's tabs.

A category of the shop is a venue, and a product is a ticket. WordPressSpider reads the cards of the categories.
"""

import logging

from trivia_scraper.parsing import text
from trivia_scraper.parsing.schedule.polish import weekday_of
from trivia_scraper.parsing.tickets import Offer, read_ticket
from trivia_scraper.spiders.platforms.wordpress import WordPressSpider

PRODUCT = "ancestor::*[contains(concat(' ', normalize-space(@class), ' '), ' product ')][1]"
# Today's price, not the one before a sale. If it is missing, the lowest price of 30 days is used.
PRICE = ".//*[contains(@class, 'Price-amount')][not(ancestor::del or ancestor::*[contains(@class, 'omnibus')])]"
LOWEST = ".//*[contains(@class, 'omnibus')]/@data-iwo-price"


class WooCommerceSpider(WordPressSpider):
    venue_folder = "kategoria-produktu"
    cards_in = ".e-n-tabs-content"
    card = ".product-category"
    card_title = ".woocommerce-loop-category__title"

    def offers(self, response):
        """Yield the tickets of a page. Products without a date are counted. The id of a weekday's tab is its name."""
        tabs = response.css(".e-n-tab-title::attr(id)").getall()
        panels = response.css(".e-n-tabs-content > *")
        shelves = {panel.root: weekday_of(tab) for panel, tab in zip(panels, tabs, strict=False)}
        for heading in response.css(".product-title"):
            title, product = text.clean(heading.xpath("string()").get()), heading.xpath(PRODUCT)
            ticket = read_ticket(title)
            if ticket is None:
                self._count("dropped/ticket_without_date")
                continue
            if ticket.weekday_agrees is False:
                self._count("flagged/weekday")
                message = "the stated weekday is not that of the date: %.300s (%s)"
                self.log_few(logging.WARNING, "weekday of a date", message, title, response.url)
            shown = (text.clean(amount) for amount in product.xpath(PRICE).xpath("string()").getall())
            price = " – ".join(dict.fromkeys(filter(None, shown))) or product.xpath(LOWEST).get()
            shelf = next((shelves[each] for each in heading.root.iterancestors() if each in shelves), None)
            yield Offer(ticket, title or "", price, shelf)
