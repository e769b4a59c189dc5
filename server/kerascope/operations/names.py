"""Where each operation is found, and other names for it.

``scripts/generate_operations_table.py --names`` writes the first table; the tests hold both against the modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_FAMILY_NAMES: Final[Mapping[str, str]] = {
    "activations": (
        "keras.activations.softmax keras.activations.elu keras.activations.selu keras.activations.softplus "
        "keras.activations.softsign keras.activations.swish keras.activations.gelu keras.activations.sigmoid "
        "keras.activations.hard_sigmoid keras.activations.celu keras.activations.hard_shrink "
        "keras.activations.hard_tanh keras.activations.log_sigmoid keras.activations.log_softmax "
        "keras.activations.silu keras.activations.soft_shrink keras.activations.sparse_plus "
        "keras.activations.sparse_sigmoid keras.activations.squareplus keras.activations.tanh_shrink "
        "keras.activations.relu keras.activations.relu6 keras.activations.leaky_relu keras.activations.tanh "
        "keras.activations.exponential keras.activations.hard_silu keras.activations.hard_swish "
        "keras.activations.mish"
    ),
    "arrangement": (
        "keras.ops.reshape tf.reshape keras.backend.reshape keras.ops.transpose tf.transpose "
        "keras.backend.transpose keras.backend.permute_dimensions keras.ops.expand_dims tf.expand_dims "
        "keras.backend.expand_dims keras.ops.squeeze tf.squeeze keras.backend.squeeze keras.ops.tile tf.tile "
        "keras.backend.tile keras.ops.repeat tf.repeat keras.backend.repeat keras.backend.repeat_elements "
        "keras.ops.flip keras.ops.fliplr keras.ops.flipud tf.reverse keras.backend.reverse keras.ops.roll "
        "tf.roll keras.ops.sort tf.sort keras.ops.tril keras.ops.triu tf.linalg.band_part "
        "tf.linalg.matrix_transpose tf.linalg.adjoint keras.ops.broadcast_to tf.broadcast_to "
        "keras.ops.swapaxes keras.ops.moveaxis keras.ops.ravel keras.backend.flatten "
        "keras.backend.batch_flatten tensor.reshape tensor.squeeze"
    ),
    "binary": (
        "keras.ops.subtract keras.ops.multiply keras.ops.floor_divide keras.ops.power keras.ops.maximum "
        "keras.ops.minimum keras.ops.divide keras.ops.true_divide keras.ops.divide_no_nan keras.ops.mod "
        "keras.ops.fmod keras.ops.arctan2 keras.ops.logaddexp keras.ops.equal keras.ops.not_equal "
        "keras.ops.less keras.ops.less_equal keras.ops.greater keras.ops.greater_equal keras.ops.logical_and "
        "keras.ops.logical_or keras.ops.logical_xor keras.ops.isclose keras.ops.bitwise_and "
        "keras.ops.bitwise_or keras.ops.bitwise_xor tf.math.add tf.math.subtract tf.math.multiply "
        "tf.math.maximum tf.math.minimum tf.math.pow tf.math.floormod tf.math.floordiv "
        "tf.math.squared_difference tf.math.divide tf.math.truediv tf.math.divide_no_nan "
        "tf.math.multiply_no_nan tf.math.atan2 tf.math.xlogy tf.math.xdivy tf.math.less tf.math.less_equal "
        "tf.math.greater tf.math.greater_equal tf.math.equal tf.math.not_equal tf.math.logical_and "
        "tf.math.logical_or keras.backend.maximum keras.backend.minimum keras.backend.pow keras.backend.equal "
        "keras.backend.not_equal keras.backend.less keras.backend.less_equal keras.backend.greater "
        "keras.backend.greater_equal keras.ops.add tf.math.logical_xor tf.bitwise.bitwise_and "
        "tf.bitwise.bitwise_or tf.bitwise.bitwise_xor"
    ),
    "choosing": (
        "keras.ops.take tf.gather keras.backend.gather tf.gather_nd tf.boolean_mask keras.ops.one_hot "
        "tf.one_hot keras.backend.one_hot keras.ops.where tf.where keras.ops.slice tf.slice keras.ops.top_k "
        "tf.math.top_k keras.ops.take_along_axis tf.map_fn tf.vectorized_map tf.scan tf.foldl tf.foldr"
    ),
    "convolution": (
        "keras.ops.conv keras.ops.depthwise_conv keras.ops.separable_conv keras.ops.max_pool "
        "keras.ops.average_pool tf.nn.conv1d tf.nn.conv2d tf.nn.conv3d tf.nn.depthwise_conv2d "
        "tf.nn.conv2d_transpose tf.nn.convolution tf.nn.separable_conv2d keras.backend.conv2d_transpose "
        "tf.nn.max_pool1d tf.nn.max_pool2d tf.nn.max_pool tf.nn.avg_pool1d tf.nn.avg_pool2d tf.nn.avg_pool "
        "keras.backend.conv1d keras.backend.conv2d keras.backend.conv3d keras.backend.depthwise_conv2d "
        "keras.backend.pool2d keras.ops.image.extract_patches tf.image.extract_patches"
    ),
    "creation": (
        "keras.ops.zeros keras.ops.ones keras.ops.empty tf.zeros tf.ones keras.backend.zeros "
        "keras.backend.ones keras.ops.full tf.fill keras.ops.arange tf.range keras.backend.arange "
        "keras.ops.eye keras.ops.identity tf.eye keras.backend.eye keras.ops.convert_to_tensor "
        "keras.ops.array tf.convert_to_tensor tf.constant keras.backend.constant keras.backend.variable "
        "keras.ops.linspace tf.linspace keras.random.normal keras.random.truncated_normal "
        "keras.random.uniform keras.backend.random_normal keras.backend.truncated_normal "
        "keras.backend.random_uniform keras.backend.random_bernoulli tf.random.normal "
        "tf.random.truncated_normal tf.random.uniform keras.random.randint tf.random.shuffle "
        "tf.random.categorical keras.ops.meshgrid tf.meshgrid"
    ),
    "einsum": ("keras.ops.einsum tf.einsum"),
    "elementwise": (
        "keras.ops.celu keras.ops.elu keras.ops.erf keras.ops.erfinv keras.ops.gelu keras.ops.hard_shrink "
        "keras.ops.hard_sigmoid keras.ops.hard_silu keras.ops.hard_tanh keras.ops.log_sigmoid keras.ops.rsqrt "
        "keras.ops.selu keras.ops.sigmoid keras.ops.silu keras.ops.soft_shrink keras.ops.softplus "
        "keras.ops.softsign keras.ops.sparse_plus keras.ops.sparse_sigmoid keras.ops.squareplus "
        "keras.ops.tanh_shrink keras.ops.angle keras.ops.arccos keras.ops.arccosh keras.ops.arcsin "
        "keras.ops.arcsinh keras.ops.arctan keras.ops.arctanh keras.ops.ceil keras.ops.cos keras.ops.cosh "
        "keras.ops.exp keras.ops.expm1 keras.ops.fabs keras.ops.floor keras.ops.log keras.ops.log10 "
        "keras.ops.log1p keras.ops.log2 keras.ops.sin keras.ops.sinc keras.ops.sinh keras.ops.sqrt "
        "keras.ops.tan keras.ops.tanh keras.ops.isfinite keras.ops.isinf keras.ops.isnan keras.ops.isneginf "
        "keras.ops.isposinf keras.ops.isreal keras.ops.logical_not keras.ops.signbit tf.math.acos "
        "tf.math.acosh tf.math.asin tf.math.asinh tf.math.atan tf.math.atanh tf.math.bessel_i0 "
        "tf.math.bessel_i0e tf.math.bessel_i1 tf.math.bessel_i1e tf.math.ceil tf.math.cos tf.math.cosh "
        "tf.math.digamma tf.math.erf tf.math.erfc tf.math.erfcinv tf.math.erfinv tf.math.exp tf.math.expm1 "
        "tf.math.floor tf.math.lgamma tf.math.log tf.math.log1p tf.math.log_sigmoid tf.math.ndtri "
        "tf.math.reciprocal_no_nan tf.math.rint tf.math.rsqrt tf.math.sigmoid tf.math.sin tf.math.sinh "
        "tf.math.softplus tf.math.sqrt tf.math.tan tf.math.tanh tf.nn.selu tf.nn.silu tf.math.is_finite "
        "tf.math.is_inf tf.math.is_nan tf.math.abs tf.math.negative tf.math.sign tf.math.reciprocal "
        "tf.math.round tf.math.square keras.backend.cos keras.backend.exp keras.backend.log "
        "keras.backend.sigmoid keras.backend.sin keras.backend.softplus keras.backend.softsign "
        "keras.backend.tanh keras.backend.abs keras.backend.sign keras.backend.round keras.backend.square "
        "keras.ops.abs keras.ops.absolute keras.ops.copy keras.ops.hard_swish keras.ops.swish "
        "keras.ops.nan_to_num keras.ops.negative keras.ops.relu keras.ops.relu6 keras.ops.round "
        "keras.ops.sign keras.ops.stop_gradient keras.ops.trunc keras.ops.leaky_relu keras.ops.reciprocal "
        "keras.ops.square keras.ops.erfc keras.ops.exp2 keras.ops.threshold keras.ops.cast "
        "keras.ops.saturate_cast keras.ops.zeros_like keras.ops.ones_like keras.ops.full_like "
        "keras.ops.empty_like keras.ops.clip tf.identity tf.stop_gradient tf.math.conj tf.math.logical_not "
        "tf.bitwise.invert tf.nn.relu tf.nn.relu6 tf.nn.elu tf.nn.softsign tf.nn.gelu tf.nn.leaky_relu "
        "tf.cast tf.dtypes.saturate_cast tf.zeros_like tf.ones_like tf.clip_by_value tf.clip_by_norm "
        "tf.nn.dropout keras.backend.cast keras.backend.clip keras.backend.elu keras.backend.hard_sigmoid "
        "keras.backend.sqrt keras.backend.relu keras.backend.zeros_like keras.backend.ones_like "
        "keras.backend.stop_gradient keras.backend.dropout"
    ),
    "factors": (
        "keras.ops.qr tf.linalg.qr keras.ops.eigh tf.linalg.eigh keras.ops.solve tf.linalg.solve "
        "tf.linalg.expm keras.ops.diagonal keras.ops.trace tf.linalg.set_diag"
    ),
    "images": (
        "keras.ops.image.resize keras.ops.image.rgb_to_grayscale tf.image.resize "
        "tf.image.resize_with_crop_or_pad tf.image.resize_with_pad tf.image.crop_to_bounding_box "
        "tf.image.pad_to_bounding_box tf.image.rgb_to_grayscale tf.image.grayscale_to_rgb "
        "tf.image.per_image_standardization tf.image.flip_left_right tf.image.flip_up_down "
        "tf.image.random_flip_left_right tf.image.random_flip_up_down tf.image.adjust_contrast "
        "tf.image.adjust_brightness tf.image.adjust_hue tf.image.adjust_saturation tf.image.random_brightness "
        "tf.image.random_contrast tf.image.rgb_to_hsv tf.image.hsv_to_rgb tf.image.rgb_to_yuv "
        "tf.image.yuv_to_rgb tf.image.convert_image_dtype tf.image.transpose tf.image.crop_and_resize "
        "tf.image.random_crop tf.nn.space_to_depth tf.nn.depth_to_space keras.ops.space_to_depth "
        "keras.ops.depth_to_space keras.backend.resize_images"
    ),
    "indexing": ("tensor.__getitem__ keras.ops.get_item"),
    "introspection": (
        "keras.ops.shape keras.ops.ndim keras.ops.size keras.ops.dtype tf.shape tf.rank tf.size "
        "keras.backend.shape keras.backend.dtype keras.backend.int_shape keras.backend.ndim"
    ),
    "joining": (
        "keras.ops.concatenate tf.concat keras.backend.concatenate keras.ops.stack tf.stack "
        "keras.backend.stack keras.ops.hstack keras.ops.vstack keras.ops.split tf.split keras.ops.unstack "
        "tf.unstack"
    ),
    "matrices": (
        "keras.ops.norm tf.norm keras.ops.normalize tf.math.l2_normalize keras.backend.l2_normalize "
        "keras.ops.det keras.ops.inv keras.ops.cholesky tf.linalg.det tf.linalg.logdet tf.linalg.inv "
        "tf.linalg.cholesky tf.linalg.diag_part tf.linalg.diag tf.linalg.trace"
    ),
    "neural": (
        "keras.ops.softmax keras.ops.log_softmax keras.ops.sparsemax tf.nn.softmax tf.nn.log_softmax "
        "keras.backend.softmax keras.ops.glu keras.ops.batch_normalization tf.nn.batch_normalization "
        "keras.backend.batch_normalization tf.nn.bias_add keras.backend.bias_add tf.nn.embedding_lookup "
        "keras.ops.layer_normalization keras.ops.rms_normalization keras.ops.sparse_categorical_crossentropy "
        "tf.nn.l2_loss keras.ops.binary_crossentropy keras.ops.categorical_crossentropy "
        "keras.backend.binary_crossentropy keras.backend.categorical_crossentropy "
        "tf.nn.sigmoid_cross_entropy_with_logits tf.nn.softmax_cross_entropy_with_logits "
        "tf.nn.sparse_softmax_cross_entropy_with_logits keras.ops.dot_product_attention"
    ),
    "operators": (
        "tensor.__add__ tensor.__radd__ tensor.__sub__ tensor.__rsub__ tensor.__mul__ tensor.__rmul__ "
        "tensor.__truediv__ tensor.__rtruediv__ tensor.__floordiv__ tensor.__rfloordiv__ tensor.__mod__ "
        "tensor.__rmod__ tensor.__pow__ tensor.__rpow__ tensor.__matmul__ tensor.__rmatmul__ tensor.__and__ "
        "tensor.__rand__ tensor.__or__ tensor.__ror__ tensor.__xor__ tensor.__rxor__ tensor.__lt__ "
        "tensor.__le__ tensor.__gt__ tensor.__ge__ tensor.__eq__ tensor.__ne__ tensor.__neg__ tensor.__abs__ "
        "tensor.__invert__"
    ),
    "padding": ("keras.ops.pad tf.pad keras.backend.temporal_padding keras.backend.spatial_2d_padding"),
    "products": (
        "keras.ops.matmul tf.linalg.matmul tf.linalg.matvec keras.ops.dot keras.backend.dot "
        "keras.backend.batch_dot keras.ops.inner keras.ops.outer keras.ops.tensordot tf.tensordot"
    ),
    "reductions": (
        "keras.ops.all keras.ops.any keras.ops.amax keras.ops.amin keras.ops.mean keras.ops.std keras.ops.sum "
        "keras.ops.var keras.ops.logsumexp keras.ops.ptp keras.ops.nanmax keras.ops.nanmin keras.ops.nanmean "
        "keras.ops.nansum keras.ops.max keras.ops.min tf.math.reduce_sum tf.math.reduce_mean "
        "tf.math.reduce_max tf.math.reduce_min tf.math.reduce_prod tf.math.reduce_euclidean_norm "
        "tf.math.reduce_std tf.math.reduce_variance tf.math.reduce_logsumexp tf.math.reduce_all "
        "tf.math.reduce_any keras.backend.max keras.backend.min keras.backend.prod keras.backend.sum "
        "keras.backend.all keras.backend.any keras.backend.mean keras.backend.std keras.backend.var "
        "keras.backend.argmax keras.backend.argmin tf.math.argmax tf.math.argmin keras.ops.prod "
        "keras.ops.argmax keras.ops.argmin keras.ops.median keras.ops.count_nonzero keras.ops.moments "
        "tf.nn.moments keras.ops.cumsum keras.ops.cumprod tf.math.cumsum tf.math.cumprod keras.backend.cumsum "
        "keras.backend.cumprod"
    ),
    "scattering": (
        "tf.scatter_nd tf.tensor_scatter_nd_update tf.tensor_scatter_nd_add tf.tensor_scatter_nd_sub "
        "tf.tensor_scatter_nd_max tf.tensor_scatter_nd_min keras.ops.scatter keras.ops.scatter_update "
        "keras.ops.slice_update tf.math.segment_sum tf.math.segment_mean tf.math.segment_max "
        "tf.math.segment_min tf.math.segment_prod tf.math.unsorted_segment_sum tf.math.unsorted_segment_mean "
        "tf.math.unsorted_segment_max tf.math.unsorted_segment_min tf.math.unsorted_segment_prod "
        "keras.ops.segment_sum keras.ops.segment_max keras.ops.segment_min keras.ops.segment_prod "
        "tf.sequence_mask keras.ops.argsort tf.argsort keras.ops.searchsorted tf.searchsorted "
        "keras.ops.in_top_k tf.math.in_top_k keras.backend.in_top_k tf.math.count_nonzero tf.math.add_n "
        "tf.ensure_shape"
    ),
    "signals": (
        "tf.signal.stft tf.signal.frame tf.signal.linear_to_mel_weight_matrix tensorflow_io.audio.dbscale"
    ),
    "tables": ("tf.lookup.StaticHashTable.lookup tf.lookup.StaticVocabularyTable.lookup"),
}
OTHER_NAMES: Final[Mapping[str, str]] = {
    "tf.cast": "tf.dtypes.cast",
    "tf.dtypes.saturate_cast": "tf.saturate_cast",
    "tf.einsum": "tf.linalg.einsum",
    "tf.eye": "tf.linalg.eye",
    "tf.linalg.matmul": "tf.matmul",
    "tf.math.abs": "tf.abs",
    "tf.math.acos": "tf.acos",
    "tf.math.acosh": "tf.acosh",
    "tf.math.add": "tf.add",
    "tf.math.add_n": "tf.add_n",
    "tf.math.argmax": "tf.argmax",
    "tf.math.argmin": "tf.argmin",
    "tf.math.asin": "tf.asin",
    "tf.math.asinh": "tf.asinh",
    "tf.math.atan": "tf.atan",
    "tf.math.atan2": "tf.atan2",
    "tf.math.atanh": "tf.atanh",
    "tf.math.bessel_i0": "tf.math.special.bessel_i0",
    "tf.math.bessel_i0e": "tf.math.special.bessel_i0e",
    "tf.math.bessel_i1": "tf.math.special.bessel_i1",
    "tf.math.bessel_i1e": "tf.math.special.bessel_i1e",
    "tf.math.cos": "tf.cos",
    "tf.math.cosh": "tf.cosh",
    "tf.math.cumsum": "tf.cumsum",
    "tf.math.divide": "tf.divide",
    "tf.math.equal": "tf.equal",
    "tf.math.exp": "tf.exp",
    "tf.math.floor": "tf.floor",
    "tf.math.floormod": "tf.math.mod",
    "tf.math.greater": "tf.greater",
    "tf.math.greater_equal": "tf.greater_equal",
    "tf.math.in_top_k": "tf.nn.in_top_k",
    "tf.math.l2_normalize": "tf.linalg.l2_normalize tf.nn.l2_normalize",
    "tf.math.less": "tf.less",
    "tf.math.less_equal": "tf.less_equal",
    "tf.math.logical_and": "tf.logical_and",
    "tf.math.logical_not": "tf.logical_not",
    "tf.math.logical_or": "tf.logical_or",
    "tf.math.maximum": "tf.maximum",
    "tf.math.minimum": "tf.minimum",
    "tf.math.multiply": "tf.multiply",
    "tf.math.negative": "tf.negative",
    "tf.math.not_equal": "tf.not_equal",
    "tf.math.pow": "tf.pow",
    "tf.math.reduce_all": "tf.reduce_all",
    "tf.math.reduce_any": "tf.reduce_any",
    "tf.math.reduce_logsumexp": "tf.reduce_logsumexp",
    "tf.math.reduce_max": "tf.reduce_max",
    "tf.math.reduce_mean": "tf.reduce_mean",
    "tf.math.reduce_min": "tf.reduce_min",
    "tf.math.reduce_prod": "tf.reduce_prod",
    "tf.math.reduce_sum": "tf.reduce_sum",
    "tf.math.round": "tf.round",
    "tf.math.sigmoid": "tf.nn.sigmoid tf.sigmoid",
    "tf.math.sign": "tf.sign",
    "tf.math.sin": "tf.sin",
    "tf.math.sinh": "tf.sinh",
    "tf.math.softplus": "tf.nn.softplus",
    "tf.math.sqrt": "tf.sqrt",
    "tf.math.square": "tf.square",
    "tf.math.subtract": "tf.subtract",
    "tf.math.tan": "tf.tan",
    "tf.math.tanh": "tf.nn.tanh tf.tanh",
    "tf.math.top_k": "tf.nn.top_k",
    "tf.math.truediv": "tf.truediv",
    "tf.nn.log_softmax": "tf.math.log_softmax",
    "tf.nn.silu": "tf.nn.swish",
    "tf.nn.softmax": "tf.math.softmax",
    "tf.nn.softsign": "tf.math.softsign",
    "tf.norm": "tf.linalg.norm",
    "tf.tensordot": "tf.linalg.tensordot",
}
"""Further names of TensorFlow's functions, by the canonical one."""

FAMILIES: Final[Mapping[str, str]] = {
    name: family for family, names in _FAMILY_NAMES.items() for name in names.split()
}
"""The module of each entry."""

ALIASES: Final[Mapping[str, str]] = {
    other: name for name, others in OTHER_NAMES.items() for other in others.split()
}
"""Canonical names by another name."""
