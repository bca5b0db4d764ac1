<?php
class Lapak extends CI_Controller
{
    public function lihat()
    {
        $kode = $this->input->get("kode");
        $q = $this->db->query("SELECT * FROM lapak WHERE kode = '" . $kode . "'"); // TEMUAN kawal-php-sql-dari-masukan
        return $q->result();
    }
}
