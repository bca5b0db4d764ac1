<?php
$id = $_GET['id'];
$hasil = mysqli_query($koneksi, "SELECT * FROM warga WHERE id = " . $id); // TEMUAN
$baris = DB::select("SELECT * FROM pasar WHERE nama = '" . $request->input('nama') . "'"); // TEMUAN
$daftar = Pasar::query()->whereRaw("kelas = '{$request->query('kelas')}'")->get(); // TEMUAN
$lama = $this->db->query("SELECT * FROM lapak WHERE kode = '" . $this->input->post('kode') . "'"); // TEMUAN
$baru = $db->query("SELECT * FROM lapak WHERE kode = '" . $this->request->getPost('kode') . "'"); // TEMUAN
$urut = Pasar::query()->orderByRaw($request->urut . ' desc')->get(); // TEMUAN
$this->db->where("nama = '$id'"); // TEMUAN
$this->db->where('nama = ' . $this->input->get('nama')); // TEMUAN
$this->db->order_by($this->input->get('urut'), $arah, false); // TEMUAN
$isi = $this->request->getJSON(true);
$db->query("DELETE FROM lapak WHERE id = {$isi['id']}"); // TEMUAN
$kueri = oci_parse($koneksi, "SELECT * FROM pbb WHERE nop = '" . filter_input(INPUT_GET, 'nop') . "'"); // TEMUAN
$jumlah = DB::connection('pbb')->statement("UPDATE pbb SET lunas = 1 WHERE nop = '" . request('nop') . "'"); // TEMUAN
