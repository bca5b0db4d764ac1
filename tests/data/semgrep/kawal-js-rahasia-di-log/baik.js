app.post("/masuk", (req, res) => {
  console.log("masuk", req.body.nama);
  logger.info(Object.keys(req.body));
});
