"""Who the members of the demo shop are. Pure: the same number is the same person.

Addresses are at example.com and phone numbers from the range that Ofcom keeps for
fiction, so none of them belongs to anybody.
"""

from dataclasses import dataclass

FIRST_NAMES = (
    "Amelia", "Oliver", "Priya", "George", "Isla", "Mohammed", "Ava", "Harry", "Freya",
    "Leo", "Grace", "Arjun", "Poppy", "Noah", "Ella", "Jack", "Zara", "Charlie", "Ivy",
    "Thomas", "Maya", "Oscar", "Florence", "Kwame", "Alice", "James", "Chloe", "Finn",
    "Nadia", "Edward", "Rosie", "Samuel", "Hannah", "Daniel", "Megan", "Yusuf", "Erin",
    "Callum", "Sofia", "Rhys", "Bethany", "Dylan",
)  # fmt: skip
LAST_NAMES = (
    "Smith", "Patel", "Jones", "Khan", "Taylor", "Okafor", "Brown", "Williams",
    "Davies", "Singh", "Evans", "Wilson", "Roberts", "Begum", "Johnson", "Walker",
    "Wright", "Murphy", "Thompson", "Hughes", "Kaur", "Edwards", "Green", "Hall",
    "Wood", "Adeyemi", "Clarke", "Lewis", "Scott", "Morgan", "Baker", "Campbell",
    "Kelly", "Shaw", "Fraser", "Bennett", "Carter", "Nowak", "Mitchell", "Cook", "Reid",
)  # fmt: skip
# Steps through the 41 last names and the card numbers, so that neither is in order.
NAME_STEP = 17
CARD_STEP = 76_543
CARD_NUMBERS = 1_000_000
PHONES = 1_000


@dataclass(frozen=True, kw_only=True)
class Person:
    """One member, before there is a row for it."""

    external_id: str
    name: str
    email: str
    phone: str
    card_number: str


def person(number: int) -> Person:
    """The member with this number, from 0 up to 999."""
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    last = LAST_NAMES[(number * NAME_STEP + 5) % len(LAST_NAMES)]
    return Person(
        external_id=f"C-{1001 + number}",
        name=f"{first} {last}",
        email=f"{first}.{last}@example.com".lower(),
        phone=f"+44{7_700_900_000 + number % PHONES}",
        card_number=f"6042{(number + 1) * CARD_STEP % CARD_NUMBERS:06}",
    )
