"""Tests of the schemes app."""
