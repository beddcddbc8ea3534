"""The helpdesk project: settings, entry points and what all apps stand on."""
