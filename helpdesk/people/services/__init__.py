from .customers import customer_for_email, new_customer, update_customer, verify_email
from .records import create_customer, forget_customer, save_organization
from .staff import (
    authenticate_token,
    create_agent,
    create_api_token,
    save_department,
    set_status,
    update_agent,
)

__all__ = [
    "authenticate_token",
    "create_agent",
    "create_api_token",
    "create_customer",
    "customer_for_email",
    "forget_customer",
    "new_customer",
    "save_department",
    "save_organization",
    "set_status",
    "update_agent",
    "update_customer",
    "verify_email",
]
