"""Names and images for the plain venues of a sandbox at real scale.

Drawing takes 0.05 s, so only a few scenes are drawn. A comment in each file makes three thousand different files.
"""

from __future__ import annotations

from sandbox.publisher import Photo, digest, format_of

SCENES = 12
FIRST = (
    *("Amber", "Blind", "Brass", "Copper", "Crooked", "Dancing", "Drowsy", "Eager", "Feathered", "Gilded"),
    *("Hollow", "Humble", "Idle", "Ivory", "Jolly", "Keen", "Laughing", "Lazy", "Lucky", "Marble", "Merry"),
    *("Mossy", "Nimble", "Noble", "Patient", "Painted", "Proud", "Quiet", "Rambling", "Rusty", "Scarlet"),
    *("Silent", "Singing", "Sleepy", "Spotted", "Thirsty", "Velvet", "Wandering", "Whistling", "Woolly"),
)
SECOND = (
    *("Anvil", "Badger", "Barrel", "Bell", "Bittern", "Boot", "Candle", "Cartwheel", "Compass", "Crow", "Drum"),
    *("Falcon", "Fiddle", "Fox", "Goose", "Hammer", "Hare", "Harp", "Heron", "Kettle", "Lantern", "Magpie"),
    *("Mitten", "Moth", "Mule", "Otter", "Owl", "Parsnip", "Pelican", "Pheasant", "Plough", "Rudder", "Saddle"),
    *("Sparrow", "Stag", "Thimble", "Toad", "Trout", "Walnut", "Whale"),
)
PEOPLE = ("Alex", "Blair", "Casey", "Devon", "Ellis", "Frankie", "Gray", "Harper", "Indigo", "Jules", "Kit", "Lane")


def pub_name(number: int) -> str:
    """Return a name, different for each of the first 1,600 numbers."""
    second, first = divmod(number, len(FIRST))
    return f"The {FIRST[first]} {SECOND[(first + second) % len(SECOND)]}"


def person(number: int) -> str:
    return f"{PEOPLE[number % len(PEOPLE)]} {SECOND[number // len(PEOPLE) % len(SECOND)]}"


def photo(url: str, number: int) -> Photo:
    """Return an image with its own file, which shows one of a few scenes. url: of a JPEG or PNG."""
    scene = number % SCENES
    return Photo(url, f"Free House No. {scene + 1}", format_of(url), seed=f"scene {scene}", mark=digest(url, 32))
