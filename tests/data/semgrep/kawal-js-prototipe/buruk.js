app.post("/atur", (req, res) => {
  _.merge(pengaturan, req.body); // TEMUAN
  pengaturan[req.body.kunci] = req.body.nilai; // TEMUAN
});
