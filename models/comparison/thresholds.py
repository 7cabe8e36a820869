"""Where comparison says "the same", per modality, with the false match rate it stands for. Constants only."""

from __future__ import annotations

FACE_DISTANCE_MAX = 0.28
"""Distance of face templates' directions at and below which two are one person's: FMR 1 in 10,000.

For the mean of 5 enrolled frames against the mean of 3 captured ones (averaging shrinks distances: other counts need
another value). Measured on ORL and an LFW subset (50 people with 8 and more photos, 20 random draws each): no stranger
of 33,000 comparisons is nearer than 0.31, and the tail of their distances gives 0.28; no genuine one of 1,000 is
further away than 0.25.
"""
FACE_FALSE_MATCH_RATE = 1e-4
FACE_FRAMES_ENROLLED = 5
FACE_FRAMES_CAPTURED = 3

FINGER_SCORE_MIN = 0.06
"""Score of `finger_score` at and above which a probe is of the enrolled finger: FMR under 1 in 4,600 (95 %).

Measured on FVC2002 DB1_B, DB3_B and FVC2004 DB1_B (30 fingers, 8 impressions each, three kinds of sensor), all
pairs across fingers, minutiae of the bundle's networks. One impression enrolled: 0 of 27,840 strangers match, at
256x288 pixels and on 192x192 crops (the R503's area); the first does at 0.045. The score of FMR 0.1 % is 0.027 to
0.038, so the value has room for what was not measured: a finger that fills a small sensor shows half as many
minutiae again as these crops do, and strangers' scores rise with them.

The best of four enrolled impressions: 0 of 13,920 strangers match (hence the rate above). Genuine probes rejected at
one try: 8 of 240 (3.3 %) at 256x288, 15 of 240 (6.3 %) at 192x192; with one impression 11 % and 19 %. So four to six
impressions that differ are enrolled, and a second try is allowed. The network may have been trained on these sets.
"""
FINGER_FALSE_MATCH_RATE = 1e-3
FINGER_IMPRESSIONS_ENROLLED = 4
