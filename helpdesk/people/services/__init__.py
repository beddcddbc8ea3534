from .customers import customer_for_email, new_customer, update_customer, verify_email
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
    "customer_for_email",
    "new_customer",
    "save_department",
    "set_status",
    "update_agent",
    "update_customer",
    "verify_email",
]
