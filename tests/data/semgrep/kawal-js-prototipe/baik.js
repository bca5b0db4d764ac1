app.post("/atur", (req, res) => {
  pengaturan.set(String(req.body.kunci), req.body.nilai);
});
