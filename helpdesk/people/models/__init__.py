from .customers import Customer, Identity, Organization
from .staff import LANGUAGES, ApiToken, Department, Membership, User

__all__ = [
    "LANGUAGES",
    "ApiToken",
    "Customer",
    "Department",
    "Identity",
    "Membership",
    "Organization",
    "User",
]
