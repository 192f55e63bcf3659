// Embeds texts over gRPC from Node, in one call with a deadline.
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import { show, takeArguments } from "./texts.mjs";

const about = "Embeds texts over gRPC from Node, in one call with a deadline.";
const { texts, url, model, milliseconds } = takeArguments(about, "localhost:50050", "server");
const includeDirs = [fileURLToPath(new URL("../proto", import.meta.url))];
const definition = protoLoader.loadSync("public.proto", { includeDirs });
const { TextEmbedding } = grpc.loadPackageDefinition(definition).text_embedding;

const client = new TextEmbedding(url, grpc.credentials.createInsecure());
client.Embed({ texts, model }, { deadline: Date.now() + milliseconds }, (error, answer) => {
  client.close();
  if (error) throw error;
  show(answer.embeddings.map((embedding) => embedding.vector));
});
