"""A test double of TF Serving 2.20: gRPC and REST, from SavedModels.

It answers with the official protos, from a TensorFlow session as the server
does, so that the client and the load tests meet what they would meet in
production, where no server binary is at hand. It is no product: one process,
Python threads, Predict, model status and metadata alone; it merges no batches.

    python -m tests.support.serving.double ROOT [--grpc PORT] [--rest PORT]

prints {"grpc": PORT, "rest": PORT} once it serves. Each module names the
sources, in github.com/tensorflow/serving at tag 2.20.0, that it follows.
"""
