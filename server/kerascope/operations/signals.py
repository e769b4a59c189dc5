"""Sounds: frames of a signal, and the strengths of their frequencies.

Source: ``tensorflow/python/ops/signal``, ``tensorflow_io/python/ops/audio_ops.py`` 0.37.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import Bound, Nest, Operation, tensor, tf_operation, unknown_rows
from kerascope.operations.shapes import size


def _frames(length: Dim, width: Any, step: Any, padded: Any) -> Dim:
    """How many frames of ``width`` begin within ``length``, with padding, or end within it, without."""
    if length is None:
        return None
    if not (isinstance(length, int) and isinstance(width, int) and isinstance(step, int)):
        return UNKNOWN
    if not isinstance(padded, bool) or width < 1 or step < 1:
        return UNKNOWN
    return -(-length // step) if padded else max(0, 1 + (length - width) // step)


def _frequencies(width: Any, transform: Any) -> Dim:
    """Half the length of the transform and one; by itself that is the power of two from the frame on."""
    if transform is None and isinstance(width, int) and width > 0:
        transform = 1 << (width - 1).bit_length()
    return transform // 2 + 1 if isinstance(transform, int) and transform > 0 else UNKNOWN


def stft(args: Bound) -> Nest:
    """``tf.signal.stft``: frames and frequencies in place of the samples, which are the last axis."""
    spec = tensor(args["x"])
    dtype = "complex64" if spec.dtype == "float32" else ""
    if spec.shape is UNRANKED or not spec.shape:
        return TensorSpec(UNRANKED, dtype)
    width, step, transform = (args[name] for name in ("frame_length", "frame_step", "fft_length"))
    frames = _frames(spec.shape[-1], width, step, args["pad_end"])
    return TensorSpec((*spec.shape[:-1], frames, _frequencies(width, transform)), dtype)


def frame(args: Bound) -> Nest:
    """``tf.signal.frame`` along the last axis: frames of so many samples in place of the samples."""
    spec, width = tensor(args["x"]), size(args["frame_length"])
    if spec.shape is UNRANKED or not spec.shape or args["axis"] != -1:
        return TensorSpec(UNRANKED, spec.dtype)
    frames = _frames(spec.shape[-1], width, args["frame_step"], args["pad_end"])
    return TensorSpec((*spec.shape[:-1], frames, width), spec.dtype)


def mel_weights(args: Bound) -> Nest:
    """A column for each band of the mel scale, a row for each frequency."""
    dtype = args["dtype"] if isinstance(args["dtype"], str) else ""
    return TensorSpec((size(args["num_spectrogram_bins"]), size(args["num_mel_bins"])), dtype)


def decibels(args: Bound) -> Nest:
    """``tensorflow_io.audio.dbscale``: the same shape."""
    spec = tensor(args["x"])
    return TensorSpec(spec.shape, spec.dtype if spec.dtype == "float32" else "")


OPERATIONS: tuple[Operation, ...] = (
    tf_operation(
        "signal.stft",
        "signals: x, frame_length, frame_step, fft_length=None, window_fn=None, pad_end=False",
        stft,
        "tf.signal.stft(t(None, 1000), 256, 128)",
        "tf.signal.stft(t(None, 1000), 250, 100, pad_end=True)",
        "tf.signal.stft(t(None, 3, 1000), frame_length=255, frame_step=128, fft_length=300)",
        "tf.signal.stft(t(None, 100), 256, 128)",
        "tf.signal.stft(t(None, None), 1024, 256, None, pad_end=True)",
        "tf.signal.stft(t(1000), 256, 128)",
    ),
    tf_operation(
        "signal.frame",
        "signal: x, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1",
        frame,
        "tf.signal.frame(t(None, 1000), 256, 128)",
        "tf.signal.frame(t(None, 1000), 256, 128, pad_end=True)",
        "tf.signal.frame(t(None, 100), 256, 128)",
    ),
    tf_operation(
        "signal.linear_to_mel_weight_matrix",
        "num_mel_bins=20, num_spectrogram_bins=129, sample_rate=8000, lower_edge_hertz=125.0, "
        "upper_edge_hertz=3800.0, dtype='float32'",
        mel_weights,
        "tf.signal.linear_to_mel_weight_matrix()",
        "tf.signal.linear_to_mel_weight_matrix(num_mel_bins=80, num_spectrogram_bins=513, sample_rate=22050)",
        "t(None, None, 513) @ tf.signal.linear_to_mel_weight_matrix(80, 513, 22050, 125, 7600)",
    ),
    Operation(
        "tensorflow_io.audio.dbscale",
        "input: x, top_db, ref=1.0, amin=1e-10, name=None",
        decibels,
        {2: unknown_rows},
        ("tfio.audio.dbscale(t(None, None, 80), top_db=80)", "tfio.audio.dbscale(t(7, 80), 60)"),
    ),
)
