"""Products that must stay, their licences and versions."""
