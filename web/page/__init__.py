"""The venue's page, « Importation d’offres »: its routes, its screens, and how it is guarded."""
