"""Spectrograms, which Keras 3 has: ``MelSpectrogram`` and ``STFTSpectrogram``.

Facts: keras/src/layers/preprocessing/{mel_spectrogram,stft_spectrogram}.py.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, dim_mul
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Refusal,
    Weight,
    bad_argument,
    compute_dtype,
    data_format_of,
    input_rank,
    int_of,
    plain,
    refuse,
    sole_input,
    truth,
)
from kerascope.layers.windows import window_length


def _size(arguments: Arguments, name: str) -> int | None:
    """An argument as a number; ``None`` where it is not known."""
    value = arguments[name]
    if value is None or isinstance(value, str | tuple):
        raise bad_argument(name, value, "must be a positive integer")
    return int_of(value)


def _check_mel(arguments: Arguments, context: Context) -> None:
    length, window = arguments["fft_length"], arguments["sequence_length"]
    if length is None or (isinstance(length, str | tuple) and isinstance(window, int) and window):
        raise bad_argument("fft_length", length, "must be a positive integer")
    if isinstance(length, int) and isinstance(window, int) and length < window:
        raise bad_argument("fft_length", length, f"must be at least sequence_length={window}")


def _mel(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """A wave, or a batch of them, as frequencies by time."""
    shape = sole_input(inputs).shape
    dtype = compute_dtype(arguments)
    bins, stride = int_of(arguments["num_mel_bins"]), int_of(arguments["sequence_stride"])
    if shape is UNRANKED or not shape or (context.on_data and len(shape) > 2):
        return Outcome(TensorSpec(UNRANKED, dtype))
    length = shape[0] if len(shape) == 1 else shape[1]
    steps: Dim = UNKNOWN
    if length is None:
        steps = None
    elif isinstance(length, int) and stride:
        steps = (length + stride + 1) // stride
    output = (UNKNOWN if bins is None else bins, steps)
    return Outcome(TensorSpec(output if len(shape) == 1 else (shape[0], *output), dtype))


_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def _choice(arguments: Arguments, name: str, *allowed: Any) -> None:
    if plain(arguments[name]) and arguments[name] not in allowed:
        raise bad_argument(name, arguments[name], f"must be one of {', '.join(map(repr, allowed))}")


def _check_stft(arguments: Arguments, context: Context) -> None:
    frame, step, length = _size(arguments, "frame_length"), arguments["frame_step"], arguments["fft_length"]
    if isinstance(step, int) and (step < 1 or (frame is not None and step > frame)):
        raise bad_argument("frame_step", step, f"must lie between 1 and frame_length={frame}")
    if frame is not None and isinstance(length, int) and length < frame:
        raise bad_argument("fft_length", length, f"must be at least frame_length={frame}")
    _choice(arguments, "mode", *_MODES)
    _choice(arguments, "scaling", None, "density", "spectrum")
    _choice(arguments, "padding", "valid", "same")
    data_format_of(arguments, context)


def _frequencies(arguments: Arguments) -> Dim:
    """Half the length of the transform and one; by itself that is the power of two from the frame on."""
    length, frame = arguments["fft_length"], int_of(arguments["frame_length"])
    if length is None or length == 0:
        return UNKNOWN if frame is None or frame < 1 else (1 << (frame - 1).bit_length()) // 2 + 1
    return length // 2 + 1 if isinstance(length, int) else UNKNOWN


def _no_channels(shape: Shape, axis: int) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"the channel axis {axis} of the input must have a fixed length, the input has shape {shape}",
        axis=axis,
        expected="a number",
        received=None,
        shape=shape,
    )


def _stft(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    input_rank(spec, exact=3)
    dtype, mode = compute_dtype(arguments), arguments["mode"]
    frame, wide = int_of(arguments["frame_length"]), _frequencies(arguments)
    kernel = Weight((UNKNOWN if frame is None else frame, 1, wide))
    weights: tuple[Weight, ...] | None = None
    if plain(mode):
        weights = (kernel,) if mode in ("real", "imag") else (kernel, kernel)
    data_format, expand = data_format_of(arguments, context), truth(arguments["expand_dims"])
    shape = spec.shape
    if shape is UNRANKED or data_format is None or expand is None:
        return Outcome(TensorSpec(UNRANKED, dtype), weights)
    last = data_format == "channels_last"
    batch, time, channels = shape if last else (shape[0], shape[2], shape[1])
    if channels is None and context.on_data:
        batch = channels = UNKNOWN
    if channels is None:
        raise _no_channels(shape, 2 if last else 1)
    steps = _steps(arguments, time, shape, 1 if last else 2)
    bins = dim_mul(wide, 2) if mode == "stft" else wide if plain(mode) else UNKNOWN
    if expand:
        sides = (batch, steps, bins, channels) if last else (batch, channels, steps, bins)
        return Outcome(TensorSpec(sides, dtype), weights)
    together = dim_mul(bins, channels)
    return Outcome(TensorSpec((batch, steps, together) if last else (batch, together, steps), dtype), weights)


def _steps(arguments: Arguments, time: Dim, shape: tuple[Dim, ...], axis: int) -> Dim:
    """Number of frames; half a frame lies between two where no step is given."""
    frame, step = int_of(arguments["frame_length"]), arguments["frame_step"]
    if step is None or step == 0:
        step = UNKNOWN if frame is None else frame // 2
    padding = arguments["padding"] if plain(arguments["padding"]) else None
    size = UNKNOWN if frame is None else frame
    stride = step if isinstance(step, int) and step > 0 else UNKNOWN
    return window_length(time, size, stride, 1, padding, shape=shape, axis=axis, lax=False)


LAYERS = (
    LayerSpec(
        name="MelSpectrogram",
        parameters={
            3: "fft_length=2048, sequence_stride=512, sequence_length=None, window='hann', sampling_rate=16000, "
            "num_mel_bins=128, min_freq=20.0, max_freq=None, power_to_db=True, top_db=80.0, mag_exp=2.0, "
            "min_power=1e-10, ref_power=1.0, **kwargs",
            2: None,
        },
        check=_check_mel,
        call=_mel,
        cases=(
            Case({}, (None, 16000), output=(None, 128, 32), params=0, majors=(3,)),
            Case({"num_mel_bins": 64}, (16000,), output=(64, 32), params=0, majors=(3,)),
            Case(
                {"fft_length": 256, "sequence_length": 512},
                (None, 16000),
                raises=FaultKind.ARGUMENT,
                majors=(3,),
            ),
        ),
    ),
    LayerSpec(
        name="STFTSpectrogram",
        parameters={
            3: "mode='log', frame_length=256, frame_step=None, fft_length=None, window='hann', periodic=False, "
            "scaling='density', padding='valid', expand_dims=False, data_format=None, **kwargs",
            2: None,
        },
        check=_check_stft,
        call=_stft,
        cases=(
            Case({}, (None, 16000, 1), output=(None, 124, 129), params=66048, majors=(3,)),
            Case(
                {"frame_length": 100, "frame_step": 50, "mode": "stft", "expand_dims": True},
                (None, 1000, 2),
                output=(None, 19, 130, 2),
                params=13000,
                majors=(3,),
            ),
            Case({"mode": "db"}, (None, 16000, 1), raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({"frame_step": 300}, (None, 16000, 1), raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({}, (None, 100, 1), raises=FaultKind.EMPTY_OUTPUT, majors=(3,)),
            Case({}, (None, 16000), raises=FaultKind.RANK, majors=(3,)),
        ),
    ),
)
