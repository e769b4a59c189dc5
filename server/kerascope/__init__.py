"""Kerascope reads Keras programs while they are typed and says what real Keras would say of them."""

__version__ = "0.1.0"
