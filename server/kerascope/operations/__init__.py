"""The catalogue of operations on symbolic tensors: operators, ``keras.ops``, ``keras.backend`` and ``tf``."""
