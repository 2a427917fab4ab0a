"""Readers of our exports that share no code with their writers: lxml, csv, json, gift-pegjs."""
