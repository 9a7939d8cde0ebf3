"""How fast code is: layers next to `fast` (``gradcheck bench``), and kernels (``gradcheck kernel --bench``)."""
