"""The venues of the sandbox's Quizmeisters: real towns, invented pubs and people, and a trap or two in each.

A row has StoreRocket's number, page slug, name, street, suburb, postcode, latitude, longitude, schedule, and then what
is special about it. State, time zone and page address follow from the slug.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sandbox.invented import person, pub_name
from sandbox.invented import photo as scene
from sandbox.publisher import Photo, Venue, digest, format_of

CDN = "https://cdn.prod.website-files.com/61ea3abbe6d146ba89ea13d7"
OLD_CDN = "https://uploads-ssl.webflow.com/61ea3abbe6d146ba89ea13d7"
STATES = {
    "act": ("Australian Capital Territory", "Australia/Sydney"),
    "nsw": ("New South Wales", "Australia/Sydney"),
    "nt": ("Northern Territory", "Australia/Darwin"),
    "qld": ("Queensland", "Australia/Brisbane"),
    "sa": ("South Australia", "Australia/Adelaide"),
    "tas": ("Tasmania", "Australia/Hobart"),
    "vic": ("Victoria", "Australia/Melbourne"),
    "wa": ("Western Australia", "Australia/Perth"),
}
LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit. Suspendisse varius enim in eros elementum tristique.\n"
    "Duis cursus, mi quis viverra ornare, eros dolor interdum nulla, ut commodo diam libero vitae erat."
)


@dataclass(frozen=True, kw_only=True)
class QuizmeistersVenue(Venue):
    number: int
    slug: str
    page: str | None
    """Null: listed by StoreRocket, but without a page."""
    street: str
    suburb: str
    postcode: str
    latitude: float
    longitude: float
    schedule: str | None
    state: str
    zone: str | None
    kept_in: str = "trivia"
    """Where the listing has the schedule; see quizmeisters.py."""
    survey: str | None = None
    bingo: str | None = None
    phone: str | None = None
    page_phone: str | None = None
    description: str | None = None
    """Paragraphs, one per line."""
    website: str | None = None
    facebook: str | None = None
    instagram: str | None = None
    on_break: bool = False
    hero_src: str | None = None
    """A text that the page has instead of the hero's URL. The hero keeps its URL."""
    quirks: tuple[str, ...] = ()
    """Traps that the templates and the listing recognise."""


def photo(
    name: str, label: str | None = None, format_name: str | None = None, *, cdn: str = CDN, salt: str = ""
) -> Photo:
    """Return an image named as by Webflow: uploads of one file name differ in their 24 hex digits."""
    url = f"{cdn}/{digest(name + salt, 24)}_{quote(name, safe='')}"
    painted = label or name.rpartition(".")[0].partition(" - ")[2]
    return Photo(url, painted, format_name or format_of(url), seed=url)


def venue(
    number: int, slug: str, name: str, street: str, suburb: str, postcode: str,
    latitude: float, longitude: float, schedule: str | None,
    *, site: str | None = "https://www.quizmeisters.com", slash: str = "", **rest: Any,
) -> QuizmeistersVenue:  # fmt: skip
    state, zone = STATES[slug.partition("-")[0]]
    page = None if site is None else f"{site}/venues/{slug}{slash}"
    rest.setdefault("zone", zone)
    return QuizmeistersVenue(
        number=number, slug=slug, name=name, street=street, suburb=suburb, postcode=postcode,
        latitude=latitude, longitude=longitude, schedule=schedule, state=state, page=page, **rest,
    )  # fmt: skip


def guest(number: int) -> QuizmeistersVenue:
    """Return a plain venue, for tests that need many. They share a few drawings, because drawing takes time."""
    hero = Photo(f"{CDN}/guests/{number}/photo.jpg", "The Guest House", "jpeg", seed=f"guest {number % 16}")
    return venue(
        910000 + number, f"nsw-guest-house-{number}", f"Guest House {number}", f"{number} George St", "Sydney", "2000",
        -33.8688, 151.2093, "Tuesdays at 7pm", hero=hero,
    )  # fmt: skip


# Towns for a sandbox at real scale: state, name, postcode, a point.
TOWNS = (
    ("act", "Dickson", "2602", -35.2510, 149.1400), ("nsw", "Parramatta", "2150", -33.8150, 151.0010),
    ("nsw", "Dubbo", "2830", -32.2430, 148.6040), ("nt", "Palmerston", "0830", -12.4860, 130.9830),
    ("qld", "Ipswich", "4305", -27.6140, 152.7580), ("qld", "Mackay", "4740", -21.1410, 149.1860),
    ("sa", "Glenelg", "5045", -34.9800, 138.5160), ("tas", "Devonport", "7310", -41.1800, 146.3500),
    ("vic", "Shepparton", "3630", -36.3800, 145.3990), ("vic", "Footscray", "3011", -37.8000, 144.9000),
    ("wa", "Bunbury", "6230", -33.3270, 115.6410),
)  # fmt: skip
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays")
CLOCKS = ("6.30pm", "7pm", "7:30 PM", "8pm")


def invented(number: int, chance: random.Random) -> QuizmeistersVenue:
    state, town, postcode, latitude, longitude = chance.choice(TOWNS)
    name, host = pub_name(number), person(number)
    slug = f"{state}-{name.lower().replace(' ', '-')}"
    return venue(
        920000 + number, slug, name, f"{chance.randrange(1, 300)} High St", town, postcode,
        round(latitude + chance.uniform(-0.01, 0.01), 6), round(longitude + chance.uniform(-0.01, 0.01), 6),
        f"{chance.choice(DAYS)} at {chance.choice(CLOCKS)}", description=f"The quiz of {town}.", host=host,
        hero=scene(f"{CDN}/{digest(slug, 24)}_{quote(f'{state} - {name}')}.jpg", number),
        performer=scene(f"{CDN}/{digest(slug + host, 24)}_{quote(host)}.png", number) if number % 3 else None,
    )  # fmt: skip


BILLS = photo("qld - Barnacle Bill's.jpg")
HOPSCOTCH_HOST = photo("Mei Tan - Hopscotch Social.jpg", "Mei Tan")

VENUES = [
    venue(900101, "act-3rd-space-canberra", "3rd Space Canberra", "12 Lonsdale St", "Braddon", "2612", -35.2727,
          149.1331, "Tuesdays at 7pm", site="https://quizmeisters.com", phone="02 5550 0101",
          page_phone="02 5550 0101",
          description="Coffee by day, quiz by night.\nThe back room seats ninety & the couches go first.",
          website="https://thirdspace.example/", facebook="https://www.facebook.com/thirdspace.example",
          instagram="https://www.instagram.com/thirdspace.example/", host="Priya Nandakumar",
          hero=photo("act - 3rd Space Canberra.jpg"),
          performer=photo("Priya Nandakumar - 3rd Space.jpg", "Priya Nandakumar")),
    venue(900102, "qld-the-gilded-galah", "The Gilded Galah", "210 Ruthven St", "Toowoomba", "4350", -27.5610,
          151.9540, "Wednesdays at 7:30pm", bingo="Fridays at 6pm", phone="07 5550 0102", page_phone="07 5550 0102",
          description="A corner pub under a pink bird.\nBook a table for six or more.",
          website="https://gildedgalah.example/", host="Sam Okafor", quirks=("host_name_twice",),
          hero=photo("qld - The Gilded Galah.JPG"), performer=photo("Sam Okafor - Gilded Galah.png", "Sam Okafor")),
    venue(900103, "vic-two-tides-brewing", "Two Tides Brewing", "Unit 3/88 Corio Quay Rd", "Geelong", "3220",
          -38.1486, 144.3600, "Thursday 7:00 PM", site="https://quizmeisters.com.au", kept_in="custom",
          quirks=("numbers",), description="Tanks on one side, teams on the other.", host="Hamish Grant",
          hero=photo("VIC - Two Tides Brewing.png")),
    venue(900104, "nsw-the-rusty-compass", "The Rusty Compass", "1 Wharf Rd", "Newcastle", "2300", -32.9271, 151.7765,
          "Tuesdays at 7pm", site="https://quizmeisters.com", slash="/", survey="Mondays, 6.30pm",
          phone="02 5550 0104", page_phone="+61 2 5550 0104", description="Harbour views and hard questions.",
          host="Jess Whitlock", hero=photo("nsw - The Rusty Compass.jpg"),
          performer=photo("Jess Whitlock - Rusty Compass.JPG", "Jess Whitlock")),
    venue(900105, "wa-the-salty-quokka", "The Salty Quokka", "5 Cliff St", "Fremantle", "6160", -32.0553, 115.7470,
          None, survey="Thursday at 7pm", phone="", description="Ask the crowd.",
          hero=photo("wa - The Salty Quokka.jpg")),
    venue(900106, "sa-dusty-boot-tavern", "Dusty Boot Tavern", "9 Commercial Rd", "Port Augusta", "5700", -32.4925,
          137.7650, None, site=None, kept_in="null"),
    venue(900107, "nsw-the-woolshed-inn", "The Woolshed Inn", "77 Macquarie St", "Dubbo", "2830", -32.2470, 148.6015,
          "Mondays 19:30", site=None, phone="02 5550 0107"),
    venue(900108, "qld-the-commercial-hotel", "The Commercial Hotel", "44 McDowall St", "Roma", "4455", -26.5733,
          148.7869, "Every Monday at 7pm", phone="07 5550 0108", description="Cattle town, quick minds.",
          host="Tom Baxter", hero=photo("The Commercial Hotel.jpg", "The Commercial Hotel", salt="roma")),
    venue(900109, "nsw-the-commercial-hotel", "The Commercial Hotel", "130 Fitzmaurice St", "Wagga Wagga", "2650",
          -35.1082, 147.3690, "Wednesdays 7.30 p.m.", phone="02 5550 0109", description="By the river since 1861.",
          hero=photo("The Commercial Hotel.jpg", "The Commercial Hotel", salt="wagga")),
    venue(900110, "tas-the-wombat-and-ladder", "The Wombat & Ladder", "3 Hunter St", "Hobart", "7000", -42.8806,
          147.3250, "Tuesdays, 6.30pm", site="http://www.quizmeisters.com", phone="03 5550 0110",
          description="Mind your head & the step.", hero=photo("tas - The Wombat & Ladder.png"),
          performer=photo("IMG_2041.jpg", "Your host")),
    venue(900111, "nt-the-drovers-rest", "The Drover's Rest", "18 Mitchell St", "Darwin", "0800", -12.4620, 130.8420,
          "Monday nights at 8pm", site="http://quizmeisters.com.au", phone="08 5550 0111", quirks=("photo_absent",),
          description="Fans on, phones off.", host="D'Arcy O'Neill",
          performer=photo("D'Arcy O'Neill.webp", "D'Arcy O'Neill")),
    venue(900112, "nt-red-centre-taphouse", "Red Centre Taphouse", "61 Todd Mall", "Alice Springs", "0870", -23.6990,
          133.8820, "Tuesday at 8.30pm", kept_in="named", description="The coldest taps in the Centre.",
          hero=photo("NT - Red Centre Taphouse.png", format_name="transparent_png")),
    venue(900113, "vic-cafe-zoe", "Café Zoë", "25 Sturt St", "Ballarat", "3350", -37.5620, 143.8570, "Thurs 1930",
          site="https://www.quizmeisters.com.au", phone="03 5550 0113", description="Crêpes, cidre & quiz.",
          host="Zoë Beaumont", hero=photo("vic - Café Zoë.webp"),
          performer=photo("Zoë Beaumont - Café Zoë.webp", "Zoë Beaumont")),
    venue(900114, "sa-the-brindle-cow", "The Brindle Cow", "200 Hindley St", "Adelaide", "5000", -34.9270, 138.5990,
          "Wednesdays at 7pm", on_break=True, phone="08 5550 0114", description="New kitchen opening soon.",
          hero=photo("sa-the-brindle-cow.png", "The Brindle Cow")),
    venue(900115, "sa-the-quiet-kookaburra", "The Quiet Kookaburra", "11 Bay Rd", "Mount Gambier", "5290", -37.8284,
          140.7804, "Every Wednesday at 8pm", description=LOREM, quirks=("break_in_hidden_block",), facebook="#",
          hero=photo("sa - The Quiet Kookaburra.jpg")),
    venue(900116, "wa-the-lucky-numbat", "The Lucky Numbat", "90 James St", "Northbridge", "6003", -31.9480, 115.8570,
          "Sundays 4pm", description=LOREM, quirks=("generic_hidden",), host="Ola Brennan",
          hero=photo("wa - The Lucky Numbat.jpg"),
          performer=photo("Ola Brennan.png", "Ola Brennan", "transparent_png")),
    venue(900117, "wa-the-pearlers-arms", "The Pearlers' Arms", "4 Dampier Tce", "Broome", "6725", -17.9550, 122.2390,
          "Thursday at 00:00", phone="08 5550 0117", description="Moonrise over the mudflats.",
          hero=photo("wa - The Pearlers' Arms.jpg", format_name="rotated_jpeg")),
    venue(900118, "qld-mango-tree-bowls-club", "Mango Tree Bowls Club", "2 Mitchell St", "Townsville", "4810",
          -19.2590, 146.8180, "First Tuesday of the month at 7pm", description="Barefoot bowls till seven.",
          host="Bruno Castellano", hero=photo("qld - Mango Tree Bowls Club.jpg", cdn=OLD_CDN)),
    venue(900119, "vic-the-tin-whistle", "The Tin Whistle", "300 Hargreaves St", "Bendigo", "3550", -36.7590,
          144.2800, "Every second Thursday 7pm", phone="03 5550 0119", description="Fiddles on the other Thursdays.",
          hero=photo("Screen Shot 2024-10-21 at 7.55.33 PM.png", "The Tin Whistle")),
    venue(900120, "vic-hopscotch-social-richmond", "Hopscotch Social Richmond", "401 Swan St", "Richmond", "3121",
          -37.8230, 144.9980, "Tuesdays at 7:30pm", description="Hops & hopscotch.", host="Mei Tan",
          hero=photo("vic - Hopscotch Social Richmond.jpg"), performer=HOPSCOTCH_HOST),
    venue(900121, "vic-hopscotch-social-docklands", "Hopscotch Social Docklands", "7 Harbour Esp", "Docklands",
          "3008", -37.8150, 144.9460, "Wednesdays at 7:30pm", description="Hops & hopscotch by the water.",
          host="Mei Tan", hero=photo("vic - Hopscotch Social Docklands.jpg"), performer=HOPSCOTCH_HOST),
    venue(900122, "qld-barnacle-bills-cairns", "Barnacle Bill's Cairns", "65 Esplanade", "Cairns", "4870", -16.9200,
          145.7760, "Thursdays at 6:30pm", description="Prawns by the bucket.", hero=BILLS),
    venue(900123, "qld-barnacle-bills-port-douglas", "Barnacle Bill's Port Douglas", "20 Macrossan St",
          "Port Douglas", "4877", -16.4840, 145.4650, "Tuesdays at 6:30pm",
          description="Prawns by the bucket, again.", hero=BILLS),
    venue(900124, "nsw-the-silver-lead", "The Silver Lead", "220 Argent St", "Broken Hill", "2880", -31.9570,
          141.4660, "Wednesday", zone="Australia/Broken_Hill", description="Half an hour behind Sydney.",
          hero=photo("nsw - The Silver Lead.jpg")),
    venue(900125, "tas-the-lamplighter", "The Lamplighter", "8 Cameron St", "Launceston", "7250", -41.4370, 147.1390,
          "Thursdays at 8:00 PM", phone="03 5550 0125", description="Gaslit since last year.",
          host="Katie Fairweather", quirks=("host_name_hidden_first", "host_image_hidden_first"),
          hero=photo("tas - The Lamplighter.jpg"),
          performer=photo("Katie Fairweather - the lamplighter.jpg", "Katie Fairweather")),
    venue(900126, "qld-the-sandbar", "The Sandbar", "14 Marine Pde", "Coolangatta", "4225", -28.1680, 153.5360,
          "Mondays, 7pm", quirks=("address_only", "host_in_hidden_block"), zone=None, host="Nina Kovač",
          description="One hour from New South Wales, on foot.",
          hero=photo("qld - The Sandbar (front).jpg", "The Sandbar"),
          performer=photo("Nina Kovač.jpg", "Nina Kovač")),
    venue(900127, "act-the-paper-lion", "The Paper Lion", "1 Emu Bank", "Belconnen", "2617", -35.2386, 149.0654, None,
          site="https://quizmeisters.com", kept_in="empty", website="#", facebook="#", instagram="#",
          description="Origami & ale."),
    venue(900128, "vic-the-velvet-anchor", "The Velvet Anchor", "50 Langtree Ave", "Mildura", "3500", -34.1850,
          142.1620, None, kept_in="missing", description="No sea for miles.",
          hero=photo("vic - The Velvet Anchor.jpg")),
    venue(900129, "nsw-the-bowerbird", "The Bowerbird", "17 Jonson St", "Byron Bay", "2481", -28.6430, 153.6120,
          "Fridays 7:00 PM", quirks=("photo_hidden_first", "description_hidden_first", "numbers"), phone="",
          page_phone="02 5550 0129", description="Everything blue, even the questions.",
          hero=photo("nsw - The Bowerbird.jpg")),
    venue(900130, "sa-the-vine-and-anvil", "The Vine & Anvil", "66 Murray St", "Tanunda", "5352", -34.5230, 138.9600,
          "1st & 3rd Wednesday at 7pm", description="Shiraz and general knowledge.",
          hero=photo("sa - The Vine & Anvil.gif")),
    venue(900131, "wa-the-long-jetty", "The Long Jetty", "12 Stirling Tce", "Albany", "6330", -35.0250, 117.8840,
          "Tuesdays at 7pm (bookings essential)", quirks=("photo_in_hidden_block", "description_in_hidden_block"),
          description="Whale watching optional.", hero=photo("wa - The Long Jetty.jpg")),
    venue(900132, "wa-the-shearing-shed", "The Shearing Shed", "300 Hannan St", "Kalgoorlie", "6430", -30.7490,
          121.4650, None, bingo="Saturdays at 2pm", description="Eyes down.",
          hero=photo("wa - The Shearing Shed.jpg")),
    venue(900133, "nsw-the-forge", "The Forge", "19 Crown St", "Wollongong", "2500", -34.4250, 150.8930,
          "Wednesdays at 7pm", phone="02 5550 0133", description="Steel city, steel nerves.",
          quirks=("host_empty_first",), host="Luka Maric", hero=photo("nsw - The Forge.jpg")),
    venue(900134, "nsw-the-forge-2", "The Forge at Orange", "98 Summer St", "Orange", "2800", -33.2830, 149.1000,
          "Trivia begins 7:30pm", kept_in="named", description="The second forge.",
          hero=photo("nsw - The Forge at Orange.jpg")),
]  # fmt: skip
