"""The catalogue of all typical mistakes with hints."""

from .affine import AFFINE
from .batch_norm import BATCH_NORM
from .batch_norm_backward import BATCH_NORM_BACKWARD
from .convolution import CONVOLUTION
from .deep_network import DEEP_NETWORK
from .dropout import DROPOUT
from .images import IMAGES
from .layer_norm import LAYER_NORM
from .losses import LOSSES
from .mistake import Mistake, plain_name
from .networks import NETWORKS
from .optimisers import OPTIMISERS
from .pooling import POOLING

TOPICS = (
    *(CONVOLUTION, POOLING, BATCH_NORM, BATCH_NORM_BACKWARD, LAYER_NORM, IMAGES),
    *(AFFINE, DROPOUT, LOSSES, OPTIMISERS, NETWORKS, DEEP_NETWORK),
)


# By id, in the order of the course.
MISTAKES = {
    mistake_id: Mistake(mistake_id, blank, edits, hint)
    for topic in TOPICS
    for blank, mistakes in topic.items()
    for name, (edits, hint) in mistakes.items()
    for mistake_id in [f"{plain_name(blank)}.{name}"]
}
