"""Casa Lumbre's people, teams and customers, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

MAIL_DOMAIN = "casalumbre.example"
TIME_ZONE = "Europe/Madrid"
LAMPS = ("Alba", "Cúpula", "Faro", "Luna")
CITIES = ("Madrid", "Valencia", "Sevilla", "Zaragoza", "Bilbao", "Málaga", "Getafe", "Vigo")
CITIES_ABROAD = ("Lisbon", "Dublin", "Galway", "Cork", "Berlin", "Utrecht", "Porto", "Ghent")


@dataclass(frozen=True)
class Team:
    """A department; `always` says whether it answers around the clock or by the office's calendar."""

    key: str
    name: str
    spanish: str
    description: str
    always: bool = False


TEAMS = (
    Team("care", "Customer care", "Atención al cliente", "First questions, accounts, complaints", always=True),
    Team("orders", "Orders and shipping", "Pedidos y envíos", "Deliveries, changes of address, returns"),
    Team("technical", "Technical support", "Soporte técnico", "Mounting, bulbs, dimmers, repairs"),
    Team("billing", "Billing", "Facturación", "Invoices, charges, refunds"),
)


@dataclass(frozen=True)
class Colleague:
    """`seats`: (team key, tier) pairs. `login`: a password is made, and shown when the demo starts."""

    name: str
    mailbox: str
    role: str
    language: str
    speaks: tuple[str, ...]
    seats: tuple[tuple[str, int], ...] = ()
    skills: tuple[str, ...] = ()
    login: bool = False
    status: str = "offline"

    @property
    def email(self) -> str:
        return f"{self.mailbox}@{MAIL_DOMAIN}"


STAFF = (
    Colleague("Marta Lozano", "marta.lozano", "admin", "es", ("es", "en"), login=True),
    Colleague("James Whitfield", "james.whitfield", "supervisor", "en", ("en", "es"), login=True),
    Colleague(
        "Lucía Ferrer", "lucia.ferrer", "agent", "es", ("es", "en"), (("care", 1), ("orders", 1)),
        ("accounts", "returns"), login=True, status="online",
    ),
    Colleague(
        "Daniel Ortega", "daniel.ortega", "agent", "es", ("es", "en"), (("care", 2), ("orders", 2)),
        ("complaints", "couriers"), login=True, status="online",
    ),
    Colleague(
        "Helen Moore", "helen.moore", "agent", "en", ("en", "es"),
        (("care", 3), ("orders", 3), ("technical", 3), ("billing", 3)), ("complaints",), login=True, status="online",
    ),
    Colleague(
        "Emma Clarke", "emma.clarke", "agent", "en", ("en", "es"), (("billing", 1),), ("invoices", "vat"),
        login=True, status="online",
    ),
    Colleague("Tom Bradley", "tom.bradley", "agent", "en", ("en",), (("care", 1), ("orders", 1)), ("returns",)),
    Colleague("Carmen Ruiz", "carmen.ruiz", "agent", "es", ("es",), (("orders", 1),), ("couriers",)),
    Colleague(
        "Pablo Santamaría", "pablo.santamaria", "agent", "es", ("es", "en"), (("technical", 1),), ("mounting", "bulbs"),
    ),
    Colleague(
        "Nuria Vidal", "nuria.vidal", "agent", "es", ("es", "en"), (("technical", 2),), ("repairs", "dimmers"),
        status="away",
    ),
    Colleague("Javier Molina", "javier.molina", "agent", "es", ("es", "en"), (("billing", 2),), ("refunds",)),
)  # fmt: skip


@dataclass(frozen=True)
class Shopper:
    name: str
    email: str
    language: str
    organization: str = ""
    time_zone: str = field(default=TIME_ZONE)


ORGANIZATIONS = {
    "Hotel Mirador": "hotelmirador.example",
    "Estudio Norte": "estudionorte.example",
    "Café Bruma": "cafebruma.example",
    "Harbour Guest House": "harbourhouse.example",
}

_SPANISH = """
Ana Beltrán|Luis Carrasco|Rosa María Quintana|Íñigo Echevarría|Marina Solís|Jorge Peñalver|Pilar Ibáñez
Andrés Novoa|Beatriz Cano|Sergio Maldonado|Inés Villalba|Raúl Ochoa|Teresa Gallego|Manuel Ríos|Elena Prat
Óscar Benítez|Silvia Cordero|Ignacio Lara|Amparo Sanchis|Rubén Toledano|Clara Espinosa|Víctor Alarcón
Julia Monzón|Fernando Bustos|Nerea Aguirre|Gonzalo Rey|Lola Cifuentes|Adrián Sala|Begoña Lastra
Miguel Ángel Torres|Candela Roca|Esteban Merino|Paula Zamora|Hugo Navarrete|Consuelo Vera|Álvaro Pineda
"""
_ENGLISH = """
Alice Hartley|Ben Osborne|Charlotte Reid|Declan Murphy|Eleanor Shaw|Finn Gallagher|Grace Pemberton|Harriet Lowe
Isaac Thornton|Joanna Frost|Liam Kavanagh|Maeve Doyle|Noah Sinclair|Olivia Marsh|Peter Ashworth|Rachel Byrne
Samuel Whitaker|Tessa Holloway|Una McCarthy|William Drake|Sanne de Vries|João Figueira
"""
_AT_WORK = (
    ("Recepción Hotel Mirador", "recepcion", "es", "Hotel Mirador"),
    ("Gema Portillo", "gema.portillo", "es", "Hotel Mirador"),
    ("Tomás Urrutia", "tomas", "es", "Estudio Norte"),
    ("Alba Ferreiro", "alba", "es", "Estudio Norte"),
    ("Bruno Salcedo", "hola", "es", "Café Bruma"),
    ("Orla Fitzgerald", "orla", "en", "Harbour Guest House"),
    ("Niall Fitzgerald", "bookings", "en", "Harbour Guest House"),
)


def shoppers() -> list[Shopper]:
    """Everybody who asked something in the last month, private customers first."""
    from helpdesk.lib.text import fold

    people = []
    for language, names in (("es", _SPANISH), ("en", _ENGLISH)):
        for place, name in enumerate(names.strip().replace("\n", "|").split("|")):
            mailbox = fold(name).replace(" ", ".")
            domain = ("example.com", "example.net", "example.org")[place % 3]
            zone = TIME_ZONE if language == "es" else ("Europe/Dublin", "Europe/London", "Europe/Lisbon")[place % 3]
            people.append(Shopper(name, f"{mailbox}@{domain}", language, time_zone=zone))
    for name, mailbox, language, organization in _AT_WORK:
        people.append(Shopper(name, f"{mailbox}@{ORGANIZATIONS[organization]}", language, organization))
    return people
