app.get("/warga", (req, res) => {
  db.query("SELECT * FROM warga WHERE id = " + req.query.id, selesai); // TEMUAN
  const nama = req.body.nama;
  pool.execute(`SELECT * FROM pasar WHERE nama = '${nama}'`); // TEMUAN
});
app.get("/lapak", async (req, res) => {
  await knex("lapak").orderByRaw(req.query.urut); // TEMUAN
  await Lapak.findAll({ order: sequelize.literal(req.query.urut) }); // TEMUAN
  await repo.createQueryBuilder("l").where(`l.nama = '${req.query.nama}'`).getMany(); // TEMUAN
  await repo.createQueryBuilder("l").andWhere("l.kelas = " + req.body.kelas).getMany(); // TEMUAN
});
