"""From a camera's frame to a face template: detection, mesh, irises, quality, alignment, embedding, whole captures."""
