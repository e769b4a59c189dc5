"""Layers of packages beside Keras: ``keras_hub``, which was ``keras_nlp``, ``keras_cv``, ``tensorflow_addons``.

Their releases differ more than those of Keras, and nothing tells which one a program was written for. So they refuse
nothing: where the package raises, or where an argument is not one of those described, what comes out is unknown.
"""
