app.post("/masuk", (req, res) => {
  console.log("masuk", req.body); // TEMUAN
  logger.info("sandi " + req.body.password); // TEMUAN
  console.log(req.headers.authorization); // TEMUAN
});
