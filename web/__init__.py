"""The hook endpoint and the « Importation d'offres » page."""
