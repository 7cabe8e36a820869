"""Attacks with made-up faces as an emulated camera sees them (ISO/IEC 30107-3: presentation attack instruments). Pure.

All of it is simulated from a picture or from a performer: optics, paper and displays are models of the real ones, and
what is measured on them says how the product judges these models.
"""
