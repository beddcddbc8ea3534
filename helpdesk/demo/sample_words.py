"""Words for bulk data: sentences that are put together, in Spanish and English."""

from __future__ import annotations

FIRST = {
    "es": (
        "Ana", "Luis", "Rosa", "Jorge", "Pilar", "Andrés", "Beatriz", "Sergio",
        "Inés", "Raúl", "Teresa", "Manuel", "Elena", "Óscar", "Silvia", "Ignacio",
    ),
    "en": (
        "Alice", "Ben", "Clara", "Declan", "Eleanor", "Finn", "Grace", "Harriet",
        "Isaac", "Joanna", "Liam", "Maeve", "Noah", "Olivia", "Peter", "Rachel",
    ),
}  # fmt: skip
LAST = {
    "es": (
        "Beltrán", "Carrasco", "Quintana", "Peñalver", "Ibáñez", "Novoa", "Cano",
        "Maldonado", "Villalba", "Ochoa", "Gallego", "Ríos", "Prat", "Toledano",
    ),
    "en": (
        "Hartley", "Osborne", "Reid", "Murphy", "Shaw", "Gallagher", "Lowe",
        "Thornton", "Frost", "Doyle", "Sinclair", "Marsh", "Ashworth", "Byrne",
    ),
}  # fmt: skip
SUBJECTS = {
    "es": (
        "Mi pedido no llega", "La lámpara parpadea", "Factura a nombre de la empresa", "Cambio de dirección",
        "Devolver una lámpara", "Cobro duplicado", "Bombilla fundida", "No puedo entrar en mi cuenta",
        "Falta una pieza", "Duda sobre la garantía", "Pantalla rota", "Reembolso pendiente",
    ),
    "en": (
        "My order has not arrived", "The lamp flickers", "Invoice for my company", "Change of address",
        "Returning a lamp", "Charged twice", "The bulb has gone", "Cannot sign in",
        "A part is missing", "Question about the warranty", "Broken shade", "Refund still missing",
    ),
}  # fmt: skip
ASK = {
    "es": (
        "Buenos días, les escribo por el pedido", "Hola, tengo una duda con el pedido", "Buenas, sobre el pedido",
        "Necesito ayuda con el pedido", "Sigo esperando noticias del pedido", "No encuentro los datos del pedido",
    ),
    "en": (
        "Good morning, I am writing about order", "Hello, a question about order", "Hi, it is about my order",
        "I need help with order", "I am still waiting for news of order", "I cannot find the details of order",
    ),
}  # fmt: skip
WORRY = {
    "es": (
        "El seguimiento no se mueve desde el martes.", "La luz parpadea cuando bajo la intensidad.",
        "La caja llegó golpeada y la pantalla está rota.", "En el banco aparecen dos cargos iguales.",
        "El enlace para la contraseña ha caducado.", "Falta la bolsa con los tornillos y el soporte.",
        "Quisiera devolverla, pero ya no tengo el embalaje.", "El electricista viene mañana a las diez.",
        "¿Qué bombilla lleva y cuántos vatios admite?", "El NIF de la factura tiene un número cambiado.",
        "Me mudo el viernes y la dirección es la antigua.", "Llevo una semana sin respuesta.",
    ),
    "en": (
        "Tracking has not moved since Tuesday.", "The light flickers as soon as I dim it.",
        "The box was dented and the shade is broken.", "My bank shows two identical charges.",
        "The link for the password has expired.", "The bag with the screws and the bracket is missing.",
        "I would like to return it but no longer have the box.", "The electrician comes tomorrow at ten.",
        "Which bulb does it take, and how many watts?", "One digit of the tax number on the invoice is wrong.",
        "I am moving on Friday and the address is the old one.", "It has been a week without an answer.",
    ),
}  # fmt: skip
ANSWER = {
    "es": (
        "Gracias por escribirnos. Lo he comprobado con el transportista y sale mañana por la mañana.",
        "Lo siento mucho. Le mando el recambio hoy mismo, sin coste para usted.",
        "He pedido a facturación que lo revise; le contestan por aquí.",
        "Pruebe con una bombilla regulable de 470 lúmenes y dígame si mejora.",
        "Ya está corregido; le acaba de llegar un correo con los datos nuevos.",
        "Le he enviado la etiqueta de devolución y un embalaje vacío.",
    ),
    "en": (
        "Thank you for writing. I checked with the courier and it leaves tomorrow morning.",
        "I am very sorry. A new part leaves today, at no cost to you.",
        "I have asked billing to look at it; they answer here.",
        "Please try a dimmable bulb of 470 lumens and tell me whether it helps.",
        "It is corrected; a mail with the new details has just left.",
        "I have sent the return label and an empty box.",
    ),
}  # fmt: skip
THANKS = {
    "es": ("Muchas gracias.", "Perfecto, ya funciona.", "De acuerdo, espero sus noticias.", "Ha llegado bien."),
    "en": ("Thank you very much.", "Perfect, it works now.", "All right, I will wait.", "It has arrived safely."),
}
NOTES = {
    "es": ("Hablado con el transportista.", "Mismo lote que otros casos.", "Cliente habitual."),
    "en": ("Spoke to the courier.", "Same batch as other cases.", "A regular customer."),
}
TAGS = ("envío", "garantía", "factura", "bombilla", "devolución", "delivery", "warranty", "invoice", "bulb", "return")
