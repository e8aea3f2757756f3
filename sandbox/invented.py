"""Names and photographs for the plain venues of a sandbox at real scale.

Painting takes a twentieth of a second, so a few scenes are painted and kept, and a comment in each file makes three
thousand different ones of them.
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
    """Different for the first 1,600 numbers."""
    second, first = divmod(number, len(FIRST))
    return f"The {FIRST[first]} {SECOND[(first + second) % len(SECOND)]}"


def person(number: int) -> str:
    return f"{PEOPLE[number % len(PEOPLE)]} {SECOND[number // len(PEOPLE) % len(SECOND)]}"


def photo(url: str, number: int) -> Photo:
    """Return a file of its own below a JPEG's or PNG's URL, showing one of a few scenes."""
    scene = number % SCENES
    return Photo(url, f"Free House No. {scene + 1}", format_of(url), seed=f"scene {scene}", mark=digest(url, 32))
